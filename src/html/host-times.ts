import { parseUrl } from '../parse-url.ts';
import type { ImageResult, StoreResult } from '../results/results-schema.ts';
import { showText } from '../terminal/prose.ts';

/** What one host was asked for. */
export type HostTimes = {
  host: string;
  images: number;
  failed: number;
  bytes: number;
  /** Of last attempts; null where none began. */
  mean_ms: number | null;
  max_ms: number | null;
};

export type HostTimesBuilder = {
  add(store: StoreResult): void;
  /** The hosts with the slowest downloads on average. */
  slowest(most: number): HostTimes[];
  /** Hosts that are counted one by one. */
  count(): number;
  /** Whether there are others. */
  hasMore(): boolean;
};

// A hostile manifest may name as many as it has images.
const MAX_HOSTS = 10_000;
const OTHERS = 'other hosts';

type Sums = {
  images: number;
  failed: number;
  bytes: number;
  timed: number;
  ms: number;
  max: number;
};

/** Counts images, bytes and download times by the host that the image's URL names. */
export function createHostTimes(): HostTimesBuilder {
  const hosts = new Map<string, Sums>();
  const others = noSums();

  function sumsOf(host: string): Sums {
    let sums = hosts.get(host);
    if (!sums && hosts.size >= MAX_HOSTS) return others;
    if (!sums) {
      sums = noSums();
      hosts.set(host, sums);
    }
    return sums;
  }

  function slowest(most: number): HostTimes[] {
    const all = [...hosts].map(([host, sums]) => timesOf(host, sums));
    if (others.images > 0) all.push(timesOf(OTHERS, others));
    return all.sort((a, b) => (b.mean_ms ?? -1) - (a.mean_ms ?? -1)).slice(0, most);
  }

  return {
    add({ images }) {
      for (const image of images) {
        if (image.attempts === 0) continue;
        const host = hostOf(image);
        if (host !== null) addTo(sumsOf(host), image);
      }
    },
    slowest,
    count: () => hosts.size,
    hasMore: () => others.images > 0,
  };
}

/** Null where none was asked: of a URL of another scheme none ever is. */
function hostOf({ url }: ImageResult): string | null {
  const { protocol = '', host = null } = parseUrl(url) ?? {};
  return /^https?:$/.test(protocol) ? host : null;
}

function noSums(): Sums {
  return { images: 0, failed: 0, bytes: 0, timed: 0, ms: 0, max: 0 };
}

function addTo(sums: Sums, { error, bytes, download_ms }: ImageResult): void {
  sums.images += 1;
  sums.failed += error ? 1 : 0;
  sums.bytes += bytes ?? 0;
  if (download_ms === null) return;
  sums.timed += 1;
  sums.ms += download_ms;
  sums.max = Math.max(sums.max, download_ms);
}

function timesOf(host: string, { images, failed, bytes, timed, ms, max }: Sums): HostTimes {
  return {
    host: showText(host),
    images,
    failed,
    bytes,
    mean_ms: timed > 0 ? ms / timed : null,
    max_ms: timed > 0 ? max : null,
  };
}

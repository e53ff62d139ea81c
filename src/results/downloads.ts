import type { ImageResult } from './results-schema.ts';

/** Each millisecond below has a count of its own; above, so many parts of a doubling have. */
const EXACT_MS = 1024;
const PARTS = EXACT_MS / 2;
/** Four and a half hours: what took longer counts as that. */
const MOST_MS = 2 ** 24 - 1;
const SIZE = EXACT_MS + PARTS * 14;

/** What was downloaded and how long that took, in bounded memory however many images there are. */
export type Downloads = {
  /** Counts that of an image, or takes it back (`sign` −1). */
  count(result: Pick<ImageResult, 'bytes' | 'error' | 'download_ms'>, sign: 1 | -1): void;
  /** The bytes of all images that have a result, whatever it is. */
  bytes(): number;
  /**
   * Of completed images: the time that so much of all (0 to 1) did not take longer than, by nearest
   * rank; null where there are none. Exact up to a second, else to a fifth of a percent.
   */
  quantile(share: number): number | null;
};

export function createDownloads(): Downloads {
  let counts: Uint32Array | null = null;
  let total = 0;
  let sum = 0;

  return {
    count({ bytes, error, download_ms }, sign) {
      sum += sign * (bytes ?? 0);
      if (error || download_ms === null) return;
      counts ??= new Uint32Array(SIZE);
      const index = indexOf(download_ms);
      counts[index] = (counts[index] ?? 0) + sign;
      total += sign;
    },
    bytes: () => sum,
    quantile(share) {
      if (!counts || total === 0) return null;
      let missing = Math.max(1, Math.ceil(total * share));
      const index = counts.findIndex((count) => {
        missing -= count;
        return missing <= 0;
      });
      return timeOf(index);
    },
  };
}

function indexOf(ms: number): number {
  if (ms < EXACT_MS) return ms;
  const whole = Math.min(ms, MOST_MS);
  const doublings = 22 - Math.clz32(whole);
  return EXACT_MS + (doublings - 1) * PARTS + (whole >>> doublings) - PARTS;
}

function timeOf(index: number): number {
  if (index < EXACT_MS) return index;
  const above = index - EXACT_MS;
  const doublings = Math.floor(above / PARTS) + 1;
  return (PARTS + (above % PARTS)) * 2 ** doublings;
}

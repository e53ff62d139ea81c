import type { StoreResult } from '../results/results-schema.ts';
import { spansOf } from './image-spans.ts';

/** How long a store took, and for what. */
export type StoreDuration = {
  store_id: string;
  status: StoreResult['status'];
  duration_ms: number;
  /** Images that were worked on, and all. */
  done: number;
  images: number;
  wait_ms: number;
  download_ms: number;
  work_ms: number;
};

export type SlowestStoresBuilder = { add(store: StoreResult): void; list(): StoreDuration[] };

/** Keeps the stores that took longest, the longest first. */
export function createSlowestStores(most: number): SlowestStoresBuilder {
  let kept: StoreDuration[] = [];
  const first = () => kept.sort((a, b) => b.duration_ms - a.duration_ms).slice(0, most);
  return {
    add(store) {
      if (store.duration_ms === null) return;
      kept.push(timesOf(store, store.duration_ms));
      if (kept.length >= 2 * most) kept = first();
    },
    list: first,
  };
}

function timesOf({ store_id, status, images }: StoreResult, duration_ms: number): StoreDuration {
  const times = { wait_ms: 0, download_ms: 0, work_ms: 0 };
  let done = 0;
  for (const image of images) {
    const spans = spansOf(image);
    if (!spans) continue;
    done += 1;
    times.wait_ms += spans.wait_ms;
    times.download_ms += spans.download_ms;
    times.work_ms += spans.work_ms;
  }
  return { store_id, status, duration_ms, done, images: images.length, ...times };
}

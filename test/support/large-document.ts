import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';
import { documentOf, image, NOT_FOUND } from './documents.ts';
import { createRandom } from './random.ts';

const T0 = Date.UTC(2026, 2, 1, 9, 30);
const SLOTS = 50;

/** The stores of a job that went on in 50 slots: every hundredth image failed, and none was skipped. */
export function manyStores(stores: number, images: number): StoreResult[] {
  const random = createRandom(7);
  const free = Array.from({ length: SLOTS }, () => T0);
  return Array.from({ length: stores }, (_, position) => {
    const slot = position % SLOTS;
    const began = free[slot] ?? T0;
    let now = began;
    const results = Array.from({ length: images }, (_, index) => {
      const result = resultOf(position, index, now, random.below);
      now += result.duration_ms ?? 0;
      return result;
    });
    free[slot] = now;
    return {
      store_id: `S${position}`,
      visit_time: null,
      status: results.some(({ error }) => error) ? 'failed' : 'completed',
      started_at: new Date(began).toISOString(),
      finished_at: new Date(now).toISOString(),
      duration_ms: now - began,
      error: null,
      images: results,
    };
  });
}

function resultOf(
  store: number,
  index: number,
  now: number,
  below: (limit: number) => number,
): ImageResult {
  const host = `h${below(3)}.example`;
  const wait_ms = below(20) === 0 ? below(900) : 0;
  const download_ms = 20 + below(400);
  const work_ms = 400;
  const common = {
    url: `https://${host}/${store}/${index}.jpg`,
    started_at: new Date(now).toISOString(),
    download_ms,
  };
  if (below(100) === 0) {
    const error = { ...NOT_FOUND, host };
    return image({ ...common, error, duration_ms: wait_ms + download_ms });
  }
  const duration_ms = wait_ms + download_ms + work_ms;
  return image({ ...common, duration_ms, work_ms, bytes: 1000 + below(500_000) });
}

/** The results of these stores, as `imgjob` writes them as NDJSON. */
export function ndjsonOf(stores: StoreResult[]): string {
  const { head } = documentOf(stores);
  const { job_id } = head;
  const lines = [...stores.map((store) => ({ job_id, ...store })), { ...head, errors: [] }];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createManifest, NOT_FOUND, OPTIONS } from './effects.ts';

const job_id = 'spring-audit';
const A = 'http://img.example/a/1.png';
const B = 'http://img.example/b/1.png';
const BAD = 'http://user:secret@img.example/b/404.png?token=abc';
const LAST = 'http://img.example/b/3.png';
const C = 'http://img.example/c/1.png';

/** The stores of the recorded job: one good, one that fails at its second image, one good. */
export const RECORDED_STORES = [[A], [B, BAD, LAST], [C]];

/** An image that finished: completed, or failed where an error is given. */
export function finished(
  store: number,
  image: number,
  error: ImageError | null = null,
  t = '2026-03-01T09:30:01.000Z',
): Extract<JobEvent, { type: 'image_finished' }> {
  const good = error === null;
  return {
    t,
    type: 'image_finished',
    job_id,
    store,
    image,
    result: {
      url: RECORDED_STORES[store]?.[image] ?? 'http://img.example/',
      status: good ? 'completed' : 'failed',
      width: good ? 40 : null,
      height: good ? 30 : null,
      perimeter: good ? 140 : null,
      twice_perimeter: good ? 280 : null,
      format: good ? 'png' : null,
      bytes: good ? 100 : null,
      attempts: 1,
      started_at: '2026-03-01T09:30:00.200Z',
      duration_ms: 410,
      download_ms: 10,
      work_ms: good ? 400 : null,
      output: null,
      sha256: null,
      file: null,
      error,
    },
  };
}

/** The events of a whole job with each kind of outcome, as they happened. */
export function recordedEvents(): JobEvent[] {
  const at = (ms: number) => new Date(Date.UTC(2026, 2, 1, 9, 30) + ms).toISOString();
  const bad = { code: NOT_FOUND.code, message: NOT_FOUND.message, image: 1, url: BAD };
  return [
    {
      t: at(0),
      type: 'job_started',
      job_id,
      schema_version: 1,
      stores: 3,
      images: 5,
      options: OPTIONS,
    },
    { t: at(100), type: 'store_started', job_id, store: 0, store_id: 'S1' },
    { t: at(100), type: 'store_started', job_id, store: 1, store_id: 'S2' },
    { t: at(200), type: 'image_started', job_id, store: 0, image: 0, url: A },
    { t: at(200), type: 'image_started', job_id, store: 1, image: 0, url: B },
    finished(1, 0, null, at(1000)),
    finished(0, 0, null, at(1000)),
    { t: at(1100), type: 'store_finished', job_id, store: 0, status: 'completed', error: null },
    { t: at(1150), type: 'store_started', job_id, store: 2, store_id: 'S3' },
    finished(2, 0, null, at(1400)),
    { t: at(1400), type: 'store_finished', job_id, store: 2, status: 'completed', error: null },
    finished(1, 1, NOT_FOUND, at(1900)),
    { t: at(1950), type: 'store_finished', job_id, store: 1, status: 'failed', error: bad },
    { t: at(2000), type: 'job_finished', job_id, status: 'failed' },
  ];
}

/** A job that has seen so many of the recorded events. */
export function recordedJob(events: JobEvent[]) {
  const manifest = createManifest(RECORDED_STORES, 'spring-audit');
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of events) reducer.apply(event);
  return { manifest, results, reducer };
}

import type { JobEvent } from './events.ts';
import { createFailureGroups, type FailureGroups } from './failures.ts';
import { countImages, type Manifest } from './manifest.ts';
import type { ResultsStore } from './results-store.ts';
import type { ImageResult, JobStatus, ResultsHead, StoreStatus } from './schema.ts';
import { createStanding, isoTime, type Standing } from './standing.ts';

const STORE_STATUS = ['pending', 'ongoing', 'completed', 'failed', 'skipped'] as const;
const PENDING = STORE_STATUS.indexOf('pending');
const ONGOING = STORE_STATUS.indexOf('ongoing');
const FAILED = STORE_STATUS.indexOf('failed');

type StoreFinished = Extract<JobEvent, { type: 'store_finished' }>;

export type StoreTimes = {
  status: StoreStatus;
  started_at: string | null;
  finished_at: string | null;
  /** Without the time in which the job did not run. */
  duration_ms: number | null;
};

/**
 * The one reducer over events: every status, count and time that is shown or
 * written anywhere comes from here, while a job runs and from its journal.
 */
export type Fold = {
  readonly job_id: string;
  apply(event: JobEvent): void;
  status(): JobStatus;
  times: Standing['times'];
  summary(): ResultsHead['summary'];
  store(position: number): StoreTimes;
  /** Whether nothing is left to do in a store. */
  hasEnded(position: number): boolean;
  /** Failed images by cause. */
  readonly failures: FailureGroups;
  /** The store that took longest, among those that have ended. */
  slowest(): SlowestStore | null;
};

/** `images` counts those that were worked on, not the skipped ones. */
export type SlowestStore = { store_id: string; images: number; duration_ms: number };

/** A fold of a job's events; results of images go to `results`, counters stay here. */
export function createFold(
  { job_id, store_count, image_counts }: Omit<Manifest, 'store' | 'close'>,
  results: ResultsStore,
): Fold {
  const standing = createStanding();
  const statuses = new Uint8Array(store_count);
  const started = new Float64Array(store_count);
  const finished = new Float64Array(store_count);
  /** Images with a result, and the position of the failed one, from 1; 0 is none. */
  const done = new Uint32Array(store_count);
  const failed = new Uint32Array(store_count);
  /** Store ids of the ongoing stores. */
  const open = new Map<number, string>();
  /** Milliseconds in which the job did not run between a store's start and its end. */
  const breaks = new Map<number, number>();
  const failures = createFailureGroups();
  const stores = { total: store_count, completed: 0, failed: 0, skipped: 0 };
  const images = { total: countImages({ image_counts }), completed: 0, failed: 0, skipped: 0 };
  const totals = { bytes: 0, attempts: 0 };
  let slowest: SlowestStore | null = null;

  const imagesOf = (store: number) => image_counts[store] ?? 0;
  const doneOf = (store: number) => done[store] ?? 0;

  /** Adds a result to the counts, or takes it back (`sign` −1) when another replaces it. */
  function count(store: number, image: number, result: ImageResult, sign: 1 | -1): void {
    totals.bytes += sign * (result.bytes ?? 0);
    totals.attempts += sign * result.attempts;
    done[store] = doneOf(store) + sign;
    if (!result.error) {
      images.completed += sign;
      return;
    }
    images.failed += sign;
    failed[store] = sign === 1 ? image + 1 : 0;
    const store_id = open.get(store) ?? '';
    const { url, error } = result;
    const sample = { store, store_id, image, images: imagesOf(store), url, message: error.message };
    if (sign === 1) failures.add(error, sample);
    else failures.remove(error, sample);
  }

  function finishImage(store: number, image: number, result: ImageResult, t: number): void {
    if (statuses[store] === PENDING) startStore(store, '', t);
    const replaced = results.put(store, image, result);
    if (replaced) count(store, image, replaced, -1);
    count(store, image, result, 1);
  }

  function startStore(store: number, store_id: string, t: number): void {
    if (statuses[store] === PENDING) started[store] = t;
    statuses[store] = ONGOING;
    open.set(store, store_id);
  }

  function finishStore({ store, status, error }: StoreFinished, t: number): void {
    if (statuses[store] === PENDING && status !== 'skipped') startStore(store, '', t);
    const known = doneOf(store);
    const needed = status === 'completed' ? imagesOf(store) : error ? error.image + 1 : known;
    // An image whose line is lost from the journal is done again: the store has not ended.
    if (known < needed) return;
    images.skipped += imagesOf(store) - known;
    statuses[store] = STORE_STATUS.indexOf(status);
    finished[store] = t;
    stores[status] += 1;
    const duration_ms = durationOf(store);
    const store_id = open.get(store);
    if (store_id !== undefined && (!slowest || duration_ms > slowest.duration_ms)) {
      slowest = { store_id, images: known, duration_ms };
    }
    open.delete(store);
  }

  /** Takes back a failed store's end and its failed image, which is to be tried again. */
  function reopen(store: number, t: number): void {
    if (statuses[store] === FAILED) {
      stores.failed -= 1;
      images.skipped -= imagesOf(store) - doneOf(store);
      pause(store, t - (finished[store] ?? t));
      finished[store] = 0;
      startStore(store, '', t);
    }
    const image = (failed[store] ?? 0) - 1;
    const dropped = image < 0 ? undefined : results.drop(store, image);
    if (dropped) count(store, image, dropped, -1);
  }

  function pause(store: number, ms: number): void {
    breaks.set(store, (breaks.get(store) ?? 0) + ms);
  }

  function durationOf(store: number): number {
    const span = (finished[store] ?? 0) - (started[store] ?? 0);
    return Math.max(0, span - (breaks.get(store) ?? 0));
  }

  function resume(t: number, retry_failed: boolean): void {
    for (const store of open.keys()) pause(store, t - standing.last());
    if (!retry_failed) return;
    for (const store of failed.keys()) if (failed[store] !== 0) reopen(store, t);
    slowest = null;
  }

  const hasEnded = (store: number) => (statuses[store] ?? PENDING) > ONGOING;
  const endedCount = () => stores.completed + stores.failed + stores.skipped;

  function apply(event: JobEvent): void {
    const t = Date.parse(event.t);
    switch (event.type) {
      case 'job_resumed':
        resume(t, event.retry_failed);
        break;
      case 'store_started':
        startStore(event.store, event.store_id, t);
        break;
      case 'image_finished':
        finishImage(event.store, event.image, event.result, t);
        break;
      case 'store_finished':
        finishStore(event, t);
        break;
      case 'job_finished':
        // The same for a store: with one of them undone, the job was only interrupted.
        if (endedCount() === store_count) break;
        standing.apply({ t: event.t, type: 'job_interrupted', job_id, signal: 'damaged' });
        return;
    }
    standing.apply(event);
  }

  return {
    job_id,
    apply,
    status: standing.status,
    times: standing.times,
    failures,
    hasEnded,
    slowest: () => slowest,
    summary: () => ({
      stores: { ...stores, ongoing: open.size, pending: store_count - endedCount() - open.size },
      images: {
        ...images,
        pending: images.total - images.completed - images.failed - images.skipped,
      },
      ...totals,
    }),
    store: (position) => ({
      status: STORE_STATUS[statuses[position] ?? PENDING] ?? 'pending',
      started_at: isoTime(started[position] ?? 0),
      finished_at: isoTime(finished[position] ?? 0),
      duration_ms: hasEnded(position) && (started[position] ?? 0) > 0 ? durationOf(position) : null,
    }),
  };
}

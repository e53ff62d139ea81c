import type { JobEvent } from './events.ts';
import { createFailureGroups, type FailureGroups } from './failures.ts';
import { countImages, type Manifest } from './manifest.ts';
import type { ResultsStore } from './results-store.ts';
import type { ImageResult, JobStatus, ResultsHead, StoreStatus } from './schema.ts';

const STORE_STATUS = ['pending', 'ongoing', 'completed', 'failed', 'skipped'] as const;

export type StoreTimes = {
  status: StoreStatus;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
};

/**
 * The one reducer over events: every status, count and time that is shown or
 * written anywhere comes from here.
 */
export type Fold = {
  readonly job_id: string;
  apply(event: JobEvent): void;
  status(): JobStatus;
  times(): Pick<ResultsHead, 'started_at' | 'finished_at' | 'duration_ms'>;
  summary(): ResultsHead['summary'];
  store(position: number): StoreTimes;
  /** Failed images by cause. */
  readonly failures: FailureGroups;
  /** The store that took longest, among those that have ended. */
  slowest(): SlowestStore | null;
};

/** `images` counts those that were worked on, not the skipped ones. */
export type SlowestStore = { store_id: string; images: number; duration_ms: number };

type OpenStore = { store_id: string; finished: number };

/** A fold of a job's events; results of images go to `results`, counters stay here. */
export function createFold(manifest: Manifest, results: ResultsStore): Fold {
  const { job_id, store_count, image_counts } = manifest;
  const statuses = new Uint8Array(store_count);
  const started = new Float64Array(store_count);
  const finished = new Float64Array(store_count);
  const open = new Map<number, OpenStore>();
  const failures = createFailureGroups();
  const stores = { total: store_count, completed: 0, failed: 0, skipped: 0, ongoing: 0 };
  const images = { total: countImages(manifest), completed: 0, failed: 0, skipped: 0 };
  const totals = { bytes: 0, attempts: 0 };
  const job = { started_at: 0, finished_at: 0, ran_ms: 0, span_began: 0, last: 0 };
  let slowest: SlowestStore | null = null;

  function finishImage(store: number, image: number, result: ImageResult): void {
    results.put(store, image, result);
    totals.bytes += result.bytes ?? 0;
    totals.attempts += result.attempts;
    const entry = open.get(store);
    if (entry) entry.finished += 1;
    if (result.status === 'completed') images.completed += 1;
    if (!result.error) return;
    images.failed += 1;
    failures.add(result.error, {
      store,
      store_id: entry?.store_id ?? '',
      image,
      images: image_counts[store] ?? 0,
      url: result.url,
      message: result.error.message,
    });
  }

  function finishStore(store: number, status: 'completed' | 'failed' | 'skipped', t: number): void {
    const entry = open.get(store);
    open.delete(store);
    const count = image_counts[store] ?? 0;
    images.skipped += count - (entry?.finished ?? 0);
    statuses[store] = STORE_STATUS.indexOf(status);
    finished[store] = t;
    stores[status] += 1;
    stores.ongoing = open.size;
    const duration_ms = t - (started[store] ?? t);
    if (entry && (!slowest || duration_ms > slowest.duration_ms)) {
      slowest = { store_id: entry.store_id, images: entry.finished, duration_ms };
    }
  }

  function apply(event: JobEvent): void {
    const t = Date.parse(event.t);
    job.last = t;
    switch (event.type) {
      case 'job_started':
        job.started_at = t;
        job.span_began = t;
        break;
      case 'job_resumed':
        job.span_began = t;
        break;
      case 'store_started':
        statuses[event.store] = STORE_STATUS.indexOf('ongoing');
        started[event.store] = t;
        open.set(event.store, { store_id: event.store_id, finished: 0 });
        stores.ongoing = open.size;
        break;
      case 'image_finished':
        finishImage(event.store, event.image, event.result);
        break;
      case 'store_finished':
        finishStore(event.store, event.status, t);
        break;
      case 'job_interrupted':
      case 'job_finished':
        job.ran_ms += t - job.span_began;
        job.span_began = 0;
        if (event.type === 'job_finished') job.finished_at = t;
        break;
    }
  }

  function status(): JobStatus {
    if (job.finished_at === 0) return 'ongoing';
    return stores.failed > 0 ? 'failed' : 'completed';
  }

  return {
    job_id,
    apply,
    status,
    failures,
    slowest: () => slowest,
    times: () => ({
      started_at: isoTime(job.started_at),
      finished_at: isoTime(job.finished_at),
      duration_ms: job.ran_ms + (job.span_began > 0 ? job.last - job.span_began : 0),
    }),
    summary: () => ({
      stores: {
        ...stores,
        pending: stores.total - stores.completed - stores.failed - stores.skipped - stores.ongoing,
      },
      images: {
        ...images,
        pending: images.total - images.completed - images.failed - images.skipped,
      },
      ...totals,
    }),
    store(position) {
      const began = started[position] ?? 0;
      const ended = finished[position] ?? 0;
      return {
        status: STORE_STATUS[statuses[position] ?? 0] ?? 'pending',
        started_at: isoTime(began),
        finished_at: isoTime(ended),
        duration_ms: began > 0 && ended > 0 ? ended - began : null,
      };
    },
  };
}

function isoTime(t: number): string | null {
  return t > 0 ? new Date(t).toISOString() : null;
}

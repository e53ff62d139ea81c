import { ImgjobError } from '../errors.ts';
import type { StandingJob } from '../job/store-runner.ts';
import type { JobEvent } from '../results/events.ts';
import type { ImageResult, StoreError } from '../results/results-schema.ts';
import { storeError } from '../results/store-error.ts';
import type { EndedStatus } from '../results/store-states.ts';
import { parseTime, timestamp } from '../time.ts';
import { VERSION } from '../version.ts';
import type { Entry } from './entries.ts';

/** How far a store is by what was told of it: the same for each run of the job. */
export type ToldStore = {
  images: readonly string[];
  /** The images that have a result. */
  done: Set<number>;
  /** The error of the first that failed. */
  failure: StoreError | null;
  isStarted: boolean;
  /** How it ended; null until then. */
  end: { status: EndedStatus; error: StoreError | null } | null;
};

export function newToldStore(
  images: readonly string[],
  known: readonly (ImageResult | undefined)[],
): ToldStore {
  const told: ToldStore = {
    images,
    done: new Set(),
    failure: null,
    isStarted: false,
    end: null,
  };
  known.forEach((result, image) => {
    if (!result) return;
    told.done.add(image);
    told.failure ??= storeError(result, image);
  });
  return told;
}

/**
 * Tells the events of an entry that were not told yet: whatever happens to
 * Redis, the journal has one result of an image. Times are those of Redis,
 * and are told in this machine's. Answers what is to be waited for. Throws
 * `internal` for events that can't be of the store.
 */
export function deliverEntry(
  { position, events }: Entry,
  told: ToldStore,
  { emit, job_id, ahead_ms }: { emit: StandingJob['emit']; job_id: string; ahead_ms: number },
): void | Promise<void> {
  const waits: Promise<void>[] = [];
  const tell = (event: JobEvent) => {
    const wait = emit(event);
    if (wait) waits.push(wait);
  };
  if (events.some((event) => event.type === 'image_finished' && told.done.has(event.image))) {
    return;
  }
  for (const event of events) {
    if (!isOf(event, position, told, job_id)) throw foreignResults(position);
    // In place: the events were read for this alone, and copies of each would live long.
    event.t = shift(event.t, ahead_ms);
    if (event.type === 'store_started') {
      if (told.isStarted) continue;
      told.isStarted = true;
    } else if (event.type === 'image_finished') {
      const { store, image, result } = event;
      result.started_at &&= shift(result.started_at, ahead_ms);
      told.done.add(image);
      told.failure ??= storeError(result, image);
      const { url } = result;
      tell({ t: result.started_at ?? event.t, type: 'image_started', job_id, store, image, url });
    } else if (event.type === 'store_finished') {
      if (told.end) continue;
      told.end = { status: event.status, error: event.error };
    }
    tell(event);
  }
  if (waits.length > 0) return Promise.all(waits).then(() => {});
}

const TOLD = new Set<JobEvent['type']>([
  'store_started',
  'image_retrying',
  'image_finished',
  'work_log',
  'store_finished',
]);

/** Whoever reaches Redis can write into a stream. */
function isOf(event: JobEvent, position: number, { images }: ToldStore, job_id: string): boolean {
  if (!TOLD.has(event.type) || event.job_id !== job_id) return false;
  // What work says outside of its images is of no store.
  if (event.type === 'work_log' && event.store === null) return true;
  if (!('store' in event) || event.store !== position) return false;
  if (event.type === 'image_finished') {
    const url = images[event.image];
    return url === event.result.url || url?.toWellFormed() === event.result.url;
  }
  return !('image' in event) || event.image === null || event.image < images.length;
}

/** For results that no worker of this version can have written; of a store where that is known. */
export function foreignResults(position?: number): ImgjobError {
  const of = position === undefined ? 'this job' : `store ${position + 1}`;
  const message = `Redis holds results of ${of} that no worker of imgjob ${VERSION} writes`;
  const hint =
    'Are all workers of this version? Where something else writes under this prefix, give imgjob one of its own: --redis-prefix';
  return new ImgjobError('internal', message, { hint });
}

/** Clocks that differ by less are not worth the time it takes to say so of each event. */
const SAME_MS = 20;

function shift(t: string, ahead_ms: number): string {
  if (Math.abs(ahead_ms) < SAME_MS) return t;
  return timestamp({ now: () => parseTime(t) - ahead_ms });
}

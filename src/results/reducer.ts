import { countImages, type Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import { parseTime } from '../time.ts';
import { createDownloads, type Downloads } from './downloads.ts';
import type { JobEvent } from './events.ts';
import { createFailureGroups, type FailureGroups } from './failures.ts';
import { createImageMarks } from './image-marks.ts';
import { createJobState, type JobState } from './job-state.ts';
import { openStoresOf, type UnfinishedStores } from './longest-tail.ts';
import type { ImageResult, JobStatus, ResultsHead, StoreError } from './results-schema.ts';
import type { ResultsStore } from './results-store.ts';
import { createStoreStates, type EndedStatus, type StoreTimes } from './store-states.ts';

type ImageFinished = Extract<JobEvent, { type: 'image_finished' }>;
type StoreFinished = Extract<JobEvent, { type: 'store_finished' }>;

/**
 * The one reducer over events: every status, count and time that is shown or
 * written anywhere comes from here, while a job runs and from its journal.
 */
export type Reducer = {
  readonly job_id: string;
  /** `offset` is where the event's line begins in the journal; it means nothing without one. */
  apply(event: JobEvent, offset?: number): void;
  status(): JobStatus;
  /** Whether the results of the last run are where they were to go. */
  delivered: JobState['delivered'];
  times: JobState['times'];
  stopped_by: JobState['stopped_by'];
  summary(): ResultsHead['summary'];
  store(position: number): StoreTimes;
  /** How many stores have failed. */
  failedStores(): number;
  /** Whether nothing is left to do in a store. */
  hasEnded(position: number): boolean;
  /**
   * Images of a store that were taken over and are not shown: it stopped before
   * them, and they are `skipped` as in any run. When it goes on they are there again.
   */
  withheld(position: number): ReadonlySet<number>;
  /** Failed images by cause. */
  readonly failures: FailureGroups;
  /** The module that does the work, by its path; null for the sleep. */
  work(): string | null;
  /** Attempts that were made again after trouble that passed, or did not. */
  retries(): number;
  /** The store that took longest, among those that have ended; worked out when it is asked for. */
  slowest(): SlowestPosition | null;
  /** The stores that have not ended; worked out when it is asked for. */
  openStores(): UnfinishedStores;
  /** What this job has downloaded: not what was taken over. */
  readonly downloads: Pick<Downloads, 'bytes' | 'quantile'>;
};

/** By its position; `images` counts those that were worked on, not the skipped ones. */
export type SlowestPosition = { store: number; images: number; duration_ms: number };

/** The options that count here: what a failure stops, and the work; on a resume those that are other than they were. */
type Options = Pick<JobOptions, 'keep_going' | 'fail_fast' | 'work'>;

const NONE: ReadonlySet<number> = new Set();

/** A reducer of a job's events; results of images go to `results`, counters stay here. */
export function createReducer(
  { job_id, store_count, image_counts }: Omit<Manifest, 'store' | 'close'>,
  results: ResultsStore,
): Reducer {
  const jobState = createJobState();
  const stores = createStoreStates(store_count);
  /** How many images have a result, and how many of these failed. */
  const done = new Uint32Array(store_count);
  const failed = new Uint32Array(store_count);
  const failures = createFailureGroups();
  const downloads = createDownloads();
  const images = { total: countImages({ image_counts }), completed: 0, failed: 0, skipped: 0 };
  const reused = createImageMarks(image_counts);
  const withheld = new Map<number, Set<number>>();
  const totals = { bytes: 0, attempts: 0 };
  let retries = 0;
  /** Whether stores go on after a failed image, whether all stop at a failed store, and the work. */
  const options: Options = { keep_going: false, fail_fast: false, work: null };

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
    failed[store] = (failed[store] ?? 0) + sign;
    const { url, error } = result;
    const position = { store, store_id: stores.idOf(store), image, images: imagesOf(store) };
    const sample = { ...position, url, message: error.message };
    if (sign === 1) failures.add(error, sample);
    else failures.remove(error, sample);
  }

  /** Takes the end of a store back: it has more to do. */
  function reopen(store: number, t: number): void {
    if (!stores.hasEnded(store)) return;
    images.skipped -= imagesOf(store) - doneOf(store);
    stores.reopen(store, t);
    for (const image of withheld.get(store) ?? []) recount(store, image, 1);
    withheld.delete(store);
  }

  /** Takes back what was taken over for images behind the one that stopped a store. */
  function withhold(store: number, { image: failed }: StoreError): void {
    if (options.keep_going || reused.count() === 0 || doneOf(store) <= failed + 1) return;
    const hidden = new Set<number>();
    for (let image = failed + 1; image < imagesOf(store); image += 1) {
      if (reused.has(store, image)) hidden.add(image);
    }
    for (const image of hidden) recount(store, image, -1);
    if (hidden.size > 0) withheld.set(store, hidden);
  }

  function recount(store: number, image: number, sign: 1 | -1): void {
    const result = results.peek(store)[image];
    if (result) count(store, image, result, sign);
    reused.set(store, image, sign === 1);
  }

  /** Makes sure that a store is ongoing, whatever the journal has lost of it. */
  function open(store: number, store_id: string, t: number): void {
    reopen(store, t);
    if (store_id !== '' || stores.status(store) === 'pending') stores.start(store, store_id, t);
  }

  function dropFailed(store: number): void {
    if (failed[store] === 0) return;
    for (const { image, result } of results.dropFailed(store)) {
      count(store, image, result, -1);
      downloads.count(result, -1);
    }
  }

  function finishImage(event: ImageFinished, t: number, offset: number): void {
    const { store, image, result } = event;
    open(store, '', t);
    // A store that stops has one failed image at most: the one that stopped it.
    if (result.error && !options.keep_going) dropFailed(store);
    const replaced = results.put(store, image, result, offset);
    if (replaced) {
      count(store, image, replaced, -1);
      if (!reused.has(store, image)) downloads.count(replaced, -1);
    }
    count(store, image, result, 1);
    if (!event.reused) downloads.count(result, 1);
    reused.set(store, image, event.reused === true);
  }

  function finishStore({ store, status, error }: StoreFinished, t: number): void {
    if (status !== 'skipped') open(store, '', t);
    const known = doneOf(store);
    // An image whose line is lost from the journal is done again: the store has not ended.
    if (known < resultsNeeded(store, status, error)) return;
    if (error) withhold(store, error);
    stores.finish(store, status, t);
    images.skipped += imagesOf(store) - doneOf(store);
  }

  /** How many results a store must have that has ended so. */
  function resultsNeeded(store: number, status: EndedStatus, error: StoreError | null): number {
    const goesOn = options.keep_going && !options.fail_fast;
    if (status === 'completed' || (status === 'failed' && goesOn)) return imagesOf(store);
    return error ? error.image + 1 : doneOf(store);
  }

  function resume(t: number, retry_failed: boolean): void {
    stores.pauseOngoing(t - jobState.last());
    if (!retry_failed) return;
    for (let store = 0; store < store_count; store += 1) {
      // What was told to stop because of the failed ones goes on as well.
      if (stores.status(store) === 'skipped') reopen(store, t);
      if (failed[store] === 0) continue;
      open(store, '', t);
      dropFailed(store);
    }
  }

  function heed(told: { [Name in keyof Options]?: Options[Name] | undefined }): void {
    options.keep_going = told.keep_going ?? options.keep_going;
    options.fail_fast = told.fail_fast ?? options.fail_fast;
    if (told.work !== undefined) options.work = told.work;
  }

  function apply(event: JobEvent, offset = 0): void {
    const t = parseTime(event.t);
    switch (event.type) {
      case 'job_started':
        heed(event.options);
        break;
      case 'job_resumed':
        heed(event.options);
        resume(t, event.retry_failed);
        break;
      case 'store_started':
        open(event.store, event.store_id, t);
        break;
      case 'image_retrying':
        retries += 1;
        break;
      case 'image_finished':
        finishImage(event, t, offset);
        break;
      case 'store_finished':
        finishStore(event, t);
        break;
      case 'job_finished':
        if (isOver()) break;
        // A store is to be done again: then the job was only interrupted.
        jobState.apply({ t: event.t, type: 'job_interrupted', job_id, signal: 'damaged' });
        return;
    }
    jobState.apply(event);
  }

  function isOver(): boolean {
    const { ongoing, pending } = stores.counts();
    return ongoing + pending === 0;
  }

  function summary(): ResultsHead['summary'] {
    const pending = images.total - images.completed - images.failed - images.skipped;
    const counts = { ...images, pending, reused: reused.count() };
    return { stores: stores.counts(), images: counts, ...totals };
  }

  function slowest(): SlowestPosition | null {
    const store = stores.longest();
    if (store === null) return null;
    return { store, images: doneOf(store), duration_ms: stores.duration(store) };
  }

  const { status, delivered, times, stopped_by } = jobState;
  return {
    ...{ job_id, apply, status, delivered, times, stopped_by, summary },
    ...{ store: stores.times, failedStores: stores.failed, hasEnded: stores.hasEnded },
    withheld: (store) => withheld.get(store) ?? NONE,
    ...{ failures, slowest, downloads, retries: () => retries, work: () => options.work },
    openStores: () => openStoresOf({ stores, image_counts, done, reused }),
  };
}

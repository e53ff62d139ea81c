import type { Manifest, Store } from '../manifest/manifest.ts';
import type { Reducer } from '../results/reducer.ts';
import type { ImageResult, StoreError } from '../results/results-schema.ts';
import type { ResultsStore } from '../results/results-store.ts';
import type { EndedStatus } from '../results/store-states.ts';
import type { Effects } from './effects.ts';
import type { RetryOptions } from './retry.ts';
import type { SlotActivity } from './slots.ts';

/**
 * What runs the stores of a job: this process (`store.ts`), or others. A store
 * is the unit of work: what is to be done is plain data, what it has to do with
 * its job goes through hooks.
 */

export type StoreOptions = RetryOptions & {
  /** Whether an image is fetched while the one before it is worked on. */
  prefetch: boolean;
  /** Whether a failed image does not stop the store. */
  keep_going: boolean;
};

/** One store of one job, as plain data: it may be run here, or on another machine. */
export type StoreTask = {
  job_id: string;
  /** Position in the manifest. */
  position: number;
  store: Store;
  /** Results of its images from an earlier run of the job, by position: these are not done again. */
  known: readonly (ImageResult | undefined)[];
  options: StoreOptions;
};

/** What a store that runs has to do with its job. */
export type StoreHooks = {
  /** Aborted to stop the store in its middle: then it has no end. */
  signal: AbortSignal;
  /** Whether the job is to stop in good order: no further image begins. */
  isOver(): boolean;
  emit: Effects['emit'];
  /** Makes what the store is doing visible in its slot. */
  show(activity: SlotActivity): void;
};

/** How a store ended; its error is that of its first failed image. */
export type StoreEnd = { status: EndedStatus; error: StoreError | null };

/** A job that is about to go on, as its stores may find it. */
export type StandingJob = {
  /** Whether it starts: of one that goes on something may be under way. */
  isNew: boolean;
  job_id: string;
  manifest: Pick<Manifest, 'store' | 'store_count'>;
  reducer: Pick<Reducer, 'hasEnded'>;
  results: Pick<ResultsStore, 'read'>;
  emit: Effects['emit'];
};

/** Runs the stores of one job, wherever that is. */
export type StoreRunner = {
  /** How many stores may be asked for at once. */
  most: number;
  /**
   * Called once, before anything else happens in the job: takes up what an
   * earlier run has left under way, and emits the events that came meanwhile.
   * Answers the positions of the stores that still go on: they are run first.
   */
  takeUp(job: StandingJob): Promise<readonly number[]>;
  /** Null for a store that was stopped in its middle, or never begun. */
  run(task: StoreTask, hooks: StoreHooks): Promise<StoreEnd | null>;
};

import { ImgjobError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { Reducer } from '../results/reducer.ts';
import type { JobStatus } from '../results/results-schema.ts';
import type { ResultsStore } from '../results/results-store.ts';
import type { Effects } from './effects.ts';
import { type Resume, runJobTask } from './job.ts';
import type { IsWhole } from './lost-results.ts';
import { createSlots, type SlotActivity } from './slots.ts';
import type { StoreRunner } from './store-runner.ts';
import type { TakeOver } from './take-over.ts';

/** What a controller is to run. */
export type JobStart = {
  manifest: Manifest;
  /** The file its manifest was read from, as an absolute path; absent if that was not a file. */
  manifest_path?: string;
  options: JobOptions;
  results: ResultsStore;
  /** How the job stands: of one that has run before, from its journal. */
  reducer: Reducer;
  /** How a job goes on that has run before; null for one that starts. */
  resume: Resume | null;
  /** What it takes over from an earlier run; null for nothing. */
  takeOver: TakeOver | null;
  /** Whether all is still there that a result of before names; null where nothing can be missing. */
  isWhole: IsWhole | null;
  effects: Effects;
  /** What runs its stores. */
  stores: StoreRunner;
};

/** A job that runs. */
export type Job = Pick<JobStart, 'manifest' | 'options' | 'results' | 'reducer'> & {
  /** Resolves when the job has ended or was stopped. */
  done: Promise<JobStatus>;
};

export type Controller = {
  /** The running jobs by their id, in the order they were started. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What each slot is doing; null where it is free. */
  readonly activities: readonly (SlotActivity | null)[];
  /** Lets so many stores run at once from now on; those that run go on. */
  setCap(cap: number): void;
  /**
   * Starts a job; throws `usage` while one of this id (compared without case)
   * runs. `key` takes the place of the id where two runs of one job go on at once.
   */
  start(job: JobStart, signal: AbortSignal, key?: string): Job;
};

/**
 * Runs any number of jobs under one cap on concurrent stores; with null it is
 * the largest that a running job has. A job has its own `options.concurrency`
 * below that. One that has ended is forgotten, id and all: its truth is in
 * what its caller keeps.
 */
export function createController(cap: number | null): Controller {
  const slots = createSlots(cap ?? 1);
  const jobs = new Map<string, Job>();
  const keys = new Set<string>();

  /** Called when a job comes or goes. */
  function adaptCap(): void {
    if (cap !== null) return;
    let largest = 1;
    for (const { options } of jobs.values()) largest = Math.max(largest, options.concurrency);
    slots.setCap(largest);
  }

  function start(start: JobStart, signal: AbortSignal, key = start.manifest.job_id): Job {
    if (keys.has(key.toLowerCase())) {
      throw new ImgjobError('usage', `a job with the id ${key} is running`);
    }
    keys.add(key.toLowerCase());
    const { manifest, options, results, reducer } = start;
    // The first event comes when the job can be found by its id.
    const done = Promise.resolve()
      .then(() => runJobTask({ ...start, slots, key, signal }))
      .finally(() => {
        jobs.delete(key);
        keys.delete(key.toLowerCase());
        adaptCap();
      });
    const job = { manifest, options, results, reducer, done };
    jobs.set(key, job);
    adaptCap();
    return job;
  }

  return { jobs, activities: slots.activities, setCap: slots.setCap, start };
}

import { ImgjobError } from '../errors.ts';
import type { Effects } from './effects.ts';
import type { JobOptions } from './events.ts';
import { runJob } from './job.ts';
import type { Manifest } from './manifest.ts';
import { createFold, type Fold } from './results.ts';
import type { ResultsStore } from './results-store.ts';
import type { JobStatus } from './schema.ts';
import { createSlots, type SlotActivity } from './slots.ts';

/** A job that a controller runs or has run. */
export type Job = {
  manifest: Manifest;
  results: ResultsStore;
  /** How the job stands, at any moment. */
  fold: Fold;
  /** Resolves when the job has ended or was stopped. */
  done: Promise<JobStatus>;
};

export type Controller = {
  /** All jobs by their id, in the order they were started. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What each slot is doing; null where it is free. */
  readonly activities: readonly (SlotActivity | null)[];
  /** Starts a job; throws when one of this id (compared without case) was started before. */
  start(manifest: Manifest, results: ResultsStore, signal: AbortSignal): Job;
};

/**
 * Runs any number of jobs under one cap on concurrent stores
 * (`options.concurrency`). Each event goes to `effects.emit` first, then into
 * its job's fold.
 */
export function createController(options: JobOptions, effects: Effects): Controller {
  const slots = createSlots(options.concurrency);
  const jobs = new Map<string, Job>();
  const ids = new Set<string>();

  function start(manifest: Manifest, results: ResultsStore, signal: AbortSignal): Job {
    const key = manifest.job_id.toLowerCase();
    if (ids.has(key)) {
      throw new ImgjobError('usage', `a job with the id ${manifest.job_id} was already started`);
    }
    ids.add(key);
    const fold = createFold(manifest, results);
    const task = { manifest, options, slots, signal };
    const jobEffects = { ...effects, emit: emitThenFold(effects, fold) };
    // The first event comes when the job can be found by its id.
    const done = Promise.resolve().then(() => runJob({ ...task, effects: jobEffects }));
    const job = { manifest, results, fold, done };
    jobs.set(manifest.job_id, job);
    return job;
  }

  return { jobs, activities: slots.activities, start };
}

/** An event counts as soon as it was handed on: in the order of happening, however long a reader takes. */
function emitThenFold(effects: Effects, fold: Fold): Effects['emit'] {
  return (event) => {
    const kept = effects.emit(event);
    fold.apply(event);
    return kept;
  };
}

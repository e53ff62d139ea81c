import { ImgjobError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../results/events.ts';
import { createReducer, type Reducer } from '../results/reducer.ts';
import type { JobStatus, ResultsHead } from '../results/results-schema.ts';
import type { ResultsStore } from '../results/results-store.ts';
import type { Effects } from './effects.ts';
import { type Resume, runJob } from './job.ts';
import { createSlots, type SlotActivity } from './slots.ts';

/** What a controller is to run. */
export type JobStart = {
  manifest: Manifest;
  results: ResultsStore;
  /** For a job that has run before: how it stands, from its journal, and how it goes on. */
  resumed?: Resume & { reducer: Reducer };
};

/** A job that runs. */
export type Job = {
  manifest: Manifest;
  results: ResultsStore;
  /** How the job stands, at any moment. */
  reducer: Reducer;
  /** Resolves when the job has ended or was stopped. */
  done: Promise<JobStatus>;
};

export type EndedJob = { status: JobStatus; summary: ResultsHead['summary'] };

export type Controller = {
  /** The running jobs by their id, in the order they were started. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What is left here of jobs that have ended or were stopped. */
  readonly ended: ReadonlyMap<string, EndedJob>;
  /** What each slot is doing; null where it is free. */
  readonly activities: readonly (SlotActivity | null)[];
  /** Starts a job; throws when one of this id (compared without case) was started before. */
  start(job: JobStart, signal: AbortSignal): Job;
};

/**
 * Runs any number of jobs under one cap on concurrent stores
 * (`options.concurrency`). Each event goes to `effects.emit` first, then into
 * its job's reducer. A job that has ended is let go: its truth is in what its
 * caller keeps.
 */
export function createController(options: JobOptions, effects: Effects): Controller {
  const slots = createSlots(options.concurrency);
  const jobs = new Map<string, Job>();
  const ended = new Map<string, EndedJob>();
  const ids = new Set<string>();

  function start({ manifest, results, resumed }: JobStart, signal: AbortSignal): Job {
    const { job_id } = manifest;
    const key = job_id.toLowerCase();
    if (ids.has(key)) {
      throw new ImgjobError('usage', `a job with the id ${job_id} was already started`);
    }
    ids.add(key);
    const reducer = resumed?.reducer ?? createReducer(manifest, results);
    const resume = resumed && { retry_failed: resumed.retry_failed, options: resumed.options };
    const task = { manifest, results, reducer, options, slots, signal, resume: resume ?? null };
    const jobEffects = { ...effects, emit: emitThenReduce(effects, reducer) };
    // The first event comes when the job can be found by its id.
    const done = Promise.resolve()
      .then(() => runJob({ ...task, effects: jobEffects }))
      .finally(() => {
        ended.set(job_id, { status: reducer.status(), summary: reducer.summary() });
        jobs.delete(job_id);
      });
    const job = { manifest, results, reducer, done };
    jobs.set(job_id, job);
    return job;
  }

  return { jobs, ended, activities: slots.activities, start };
}

/** An event counts as soon as it was handed on: in the order of happening, however long a reader takes. */
function emitThenReduce(effects: Effects, reducer: Reducer): Effects['emit'] {
  return (event) => {
    const kept = effects.emit(event);
    reducer.apply(event);
    return kept;
  };
}

import { ImgjobError } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { fleetOf } from '../fleet/given.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { claimKept, FUNCTION_WORK } from '../runner/claim-kept.ts';
import type { ClaimedJob } from '../runner/open-job.ts';
import type { Runner } from '../runner/runner.ts';
import { locateState, type State } from '../state/locate.ts';
import {
  checkResumeOptions,
  checkRunnerOptions,
  checkStartOptions,
  type JobResumeOptions,
  type JobRunnerOptions,
  type JobStartOptions,
} from './job-runner-options.ts';
import { claimNew, type JobStanding, readKeptResults, readStanding } from './kept-jobs.ts';
import type { ResultsOf } from './results.ts';
import { checkManifest, claimInMemory, createLibraryRunner } from './run-job.ts';
import { type CheckedRunJobOptions, wrongUsage } from './run-job-options.ts';
import { type RunningJob, runToResults } from './running-job.ts';
import { functionWork } from './work.ts';

/** What runs jobs for as long as it lives: any number, at any time, under one cap and over one network. */
export type JobRunner = {
  /**
   * Starts a job, which is kept if that is asked for: then by the rules of
   * `imgjob run`. Throws `usage` for an option that can't be; `results` reject
   * with `job-running`, `job-interrupted`, `manifest-differs` or `state-unwritable`.
   */
  start<Output = unknown>(
    manifest: Manifest,
    options?: JobStartOptions<Output>,
  ): RunningJob<Output>;
  /**
   * Goes on with a kept job under the options it had, but for those that are
   * given. Headers, and work that is a function, must be given again. Of a job
   * that has ended the results are read and nothing is fetched. `results`
   * reject with `unknown-job`, `job-running` or `journal-unreadable`.
   */
  resume<Output = unknown>(job_id: string, options?: JobResumeOptions<Output>): RunningJob<Output>;
  /** How a kept job stands, whichever process runs it. Rejects with `unknown-job`. */
  status(job_id: string): Promise<JobStanding>;
  /** The results of a kept job as they stand; with `previous` those of the run before. Rejects with `unknown-job`. */
  results(job_id: string, options?: { previous?: boolean }): Promise<ResultsOf>;
  /** Stops the jobs that run (they are `ongoing`); resolves when all is given back. */
  close(): Promise<void>;
};

/** Makes a runner, which is to be closed at the end. Throws `usage` for an option that can't be. */
export function createJobRunner(options: JobRunnerOptions = {}): JobRunner {
  const { concurrency, state_dir, fsync, redis, redis_prefix } = checkRunnerOptions(options);
  /** Connected when the first job asks for it. */
  let fleet: Promise<Fleet | null> | null = null;
  let opened: Promise<Runner> | null = null;
  const held = new Map<AbortController, Promise<unknown>>();
  const holdKept = createHolds();
  let isClosed = false;

  function stateOf(): State {
    const { env } = process;
    return locateState(state_dir ?? (env.IMGJOB_STATE_DIR || undefined), env);
  }

  function openRunner(): Promise<Runner> {
    fleet ??= fleetOf({ redis, redisPrefix: redis_prefix, window: concurrency }, () => {});
    opened ??= fleet.then((fleet) => createLibraryRunner(concurrency, fleet));
    return opened;
  }

  function run<Output>(
    claim: () => Promise<ClaimedJob>,
    signal: AbortSignal | undefined,
  ): RunningJob<Output> {
    if (isClosed) throw wrongUsage('this runner is closed');
    const stop = new AbortController();
    const job = runToResults<Output>({ runner: openRunner(), claim, stop, signal });
    const forget = () => held.delete(stop);
    held.set(stop, job.results.then(forget, forget));
    return job;
  }

  return {
    start(manifest, options = {}) {
      checkManifest(manifest, 'start');
      const { checked, keep, resume, force } = checkStartOptions(options);
      if (!keep) return run(async () => claimInMemory(manifest, checked), checked.signal);
      const claim = async () => {
        const job = { ...checked.job, ...markOf(checked) };
        const given = { state: stateOf(), job, headers: checked.headers, fsync, resume, force };
        return withWork(await claimNew(manifest, given), checked);
      };
      return run(() => holdKept(manifest.job_id, claim), checked.signal);
    },
    resume(job_id, options = {}) {
      if (typeof job_id !== 'string') throw wrongUsage('resume: expected a job id');
      const { checked, retry_failed } = checkResumeOptions(options);
      const claim = async () => {
        const given = { ...checked.given, ...markOf(checked) };
        const going = { given, headers: checked.headers, fsync, wait_ms: 0, retry_failed };
        return withWork(await claimKept(stateOf(), job_id, { ...going, log() {} }), checked);
      };
      return run(() => holdKept(job_id, claim), checked.signal);
    },
    status: async (job_id) => readStanding(stateOf(), job_id),
    results: async (job_id, { previous = false } = {}) =>
      readKeptResults(stateOf(), job_id, previous),
    async close() {
      isClosed = true;
      for (const stop of held.keys()) stop.abort('close');
      await Promise.all(held.values());
      const runner = await opened?.catch(() => null);
      await runner?.close();
      const connected = await fleet?.catch(() => null);
      await connected?.close();
    },
  };
}

/** What a journal has of work that is a function. */
function markOf({ work }: CheckedRunJobOptions): { work?: string } {
  return work ? { work: FUNCTION_WORK } : {};
}

function withWork(claimed: ClaimedJob, { work, log }: CheckedRunJobOptions): ClaimedJob {
  return { ...claimed, work: work ? functionWork(work, claimed.options, log) : null };
}

/** Keeps each job to one run at a time: its lock keeps off other processes alone. */
function createHolds() {
  const ids = new Set<string>();

  return async (job_id: string, claim: () => Promise<ClaimedJob>): Promise<ClaimedJob> => {
    const id = job_id.toLowerCase();
    if (ids.has(id)) throw new ImgjobError('job-running', `the job ${job_id} is running`);
    ids.add(id);
    try {
      const job = await claim();
      return { ...job, close: () => job.close().finally(() => ids.delete(id)) };
    } catch (error) {
      ids.delete(id);
      throw error;
    }
  };
}

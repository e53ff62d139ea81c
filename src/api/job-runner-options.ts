import { parseJobOptions } from '../options/parse-job-options.ts';
import {
  type CheckedRunJobOptions,
  checkRunJobOptions,
  type RunJobOptions,
  wrongUsage,
} from './run-job-options.ts';

export type JobRunnerOptions = {
  /** Most stores at once, of all jobs together; by default the largest `concurrency` that one of them has. */
  concurrency?: number | undefined;
  /** Where jobs are kept; by default where `imgjob run` keeps them. */
  state_dir?: string | undefined;
  /** Whether each result of a kept job is brought to the disk at once: it survives a power cut. */
  fsync?: boolean | undefined;
  /**
   * Where Redis is, as in `imgjob run --redis`: the stores are run by the workers there, and
   * `concurrency` is how many are with them at once. Needs the packages bullmq and ioredis.
   */
  redis?: string | undefined;
  /** How all keys in Redis begin; by default `{imgjob}`. */
  redis_prefix?: string | undefined;
};

export type JobStartOptions<Output = unknown> = RunJobOptions<Output> & {
  /** Keeps the job in the state folder, under the manifest's `job_id`, so that it can go on later. */
  keep?: boolean | undefined;
  /** Of a kept job: goes on with it where it was interrupted, as `imgjob run --resume` does. */
  resume?: boolean | undefined;
  /** Of a kept job: starts it over where it was interrupted. */
  force?: boolean | undefined;
};

export type JobResumeOptions<Output = unknown> = RunJobOptions<Output> & {
  /** Failed stores are done again, from their failed image on. */
  retry_failed?: boolean | undefined;
};

export type CheckedRunnerOptions = {
  /** Null for the largest that a job has. */
  concurrency: number | null;
  state_dir: string | undefined;
  fsync: boolean;
  redis: string | undefined;
  redis_prefix: string | undefined;
};

/** Throws `usage` for an option of a runner that can't be. */
export function checkRunnerOptions(given: JobRunnerOptions): CheckedRunnerOptions {
  refuseOther('createRunner', given);
  const { concurrency, state_dir, fsync, redis, redis_prefix, ...rest } = given;
  const [other] = Object.keys(rest);
  if (other !== undefined) throw wrongUsage(`createRunner: ${other}: there is no such option`);
  if (state_dir !== undefined && (typeof state_dir !== 'string' || state_dir === '')) {
    throw wrongUsage('createRunner: state_dir: expected the path of a folder');
  }
  for (const [name, value] of Object.entries({ redis, redis_prefix })) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw wrongUsage(`createRunner: ${name}: expected text`);
  }
  const outcome = parseJobOptions({ concurrency });
  if ('problems' in outcome) {
    throw wrongUsage(`createRunner: concurrency: ${outcome.problems[0]?.message}`);
  }
  return {
    concurrency: concurrency === undefined ? null : outcome.options.concurrency,
    ...{ state_dir, redis, redis_prefix },
    fsync: flag('createRunner', 'fsync', fsync),
  };
}

/** Throws `usage` for an option of a job that can't be. */
export function checkStartOptions(given: JobStartOptions): {
  checked: CheckedRunJobOptions;
  keep: boolean;
  resume: boolean;
  force: boolean;
} {
  refuseOther('start', given);
  const { keep, resume, force, ...rest } = given;
  const flags = {
    keep: flag('start', 'keep', keep),
    resume: flag('start', 'resume', resume),
    force: flag('start', 'force', force),
  };
  if (!flags.keep && (flags.resume || flags.force)) {
    throw wrongUsage('start: resume and force are for a job that is kept: keep: true');
  }
  return { checked: checkRunJobOptions(rest, 'start'), ...flags };
}

/** Throws `usage` for an option of a job that can't be. */
export function checkResumeOptions(given: JobResumeOptions): {
  checked: CheckedRunJobOptions;
  retry_failed: boolean;
} {
  refuseOther('resume', given);
  const { retry_failed, ...rest } = given;
  return {
    checked: checkRunJobOptions(rest, 'resume'),
    retry_failed: flag('resume', 'retry_failed', retry_failed),
  };
}

/** A program may have been made without types. */
function refuseOther(caller: string, given: unknown): void {
  if (typeof given === 'object' && given !== null) return;
  throw wrongUsage(`${caller}: expected an object of options`);
}

function flag(caller: string, name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw wrongUsage(`${caller}: ${name}: expected true or false`);
}

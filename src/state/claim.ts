import { ImgjobError } from '../errors.ts';
import type { State } from './locate.ts';
import { type Lock, takeLock } from './lock.ts';
import type { LockHolder } from './lock-file.ts';
import {
  findJob,
  type JobFiles,
  lockPath,
  makeStateFolder,
  stateUnwritable,
} from './state-folder.ts';

/** A job that no other process can run or remove, until its lock is released. */
export type Claim = {
  state: State;
  /** Where the job is kept; null where it is not. */
  files: JobFiles | null;
  lock: Lock;
};

/**
 * Takes a job for this process; makes the state folder where there is none.
 * Throws `job-running` when another process has the job and `state-unwritable`
 * when the lock can't be written.
 */
export async function claimJob(state: State, job_id: string): Promise<Claim> {
  const { folder } = state;
  await makeStateFolder(folder);
  const lock = await takeLock(lockPath(folder, job_id)).catch((error: unknown) => {
    throw stateUnwritable(folder, error);
  });
  if ('holder' in lock) throw running(state, job_id, lock.holder);
  try {
    return { state, lock, files: await findJob(folder, job_id) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function running(state: State, job_id: string, holder: LockHolder | null): ImgjobError {
  if (holder === null) {
    const message = `the job ${job_id} is held by a process that can't be told`;
    return new ImgjobError('job-running', message, {
      hint: 'It may be about to start. If it is dead, the job is free in 30 s: try again then.',
    });
  }
  const message = `the job ${job_id} is run by another process: pid ${holder.pid} on ${holder.host}`;
  return new ImgjobError('job-running', message, {
    hint: `Look at it with: ${state.command('status', job_id)}`,
  });
}

/** The error for an id that names no job. */
export function unknownJob(state: State, job_id: string): ImgjobError {
  return new ImgjobError('unknown-job', `there is no job ${job_id}`, {
    hint: `${state.command('status')} lists all jobs.`,
  });
}

import { setTimeout as delay } from 'node:timers/promises';
import { ImgjobError } from '../errors.ts';
import { formatSpan } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';
import { sweepJobFolder } from './leftovers.ts';
import type { State } from './locate.ts';
import { type Lock, takeLock } from './lock.ts';
import type { HeldLock } from './lock-file.ts';
import {
  filesOf,
  findJob,
  type JobFiles,
  lockPath,
  makeStateFolder,
  stateUnwritable,
} from './state-folder.ts';
import { refuseWaiting } from './waiting-job.ts';

/** A job that no other process can run or remove, until its lock is released. */
export type Claim = {
  state: State;
  /** Where the job is kept; null where it is not. */
  files: JobFiles | null;
  lock: Lock;
};

/** How long a job is waited for that another process has. */
export type LockWait = {
  /** In milliseconds; 0 for not at all. */
  wait_ms: number;
  /** Called once where it is waited for, with a sentence. */
  onWait(what: string): void;
};

/** How a state folder is made, and how a job is found in it. */
export type FolderLook = {
  prepare(state: string): Promise<void>;
  find(state: string, job_id: string): Promise<JobFiles | null>;
  /** Throws `job-running` where a job is to be left alone though nothing runs it. */
  refuse(state: string, files: JobFiles): Promise<void>;
};

const USUAL_LOOK: FolderLook = {
  prepare: makeStateFolder,
  find: findJob,
  refuse: refuseWaiting,
};

export const NO_WAIT: LockWait = { wait_ms: 0, onWait() {} };

const LOOK_AGAIN_MS = 250;

/**
 * Takes a job for this process; makes the state folder where there is none.
 * Whoever knows the folder can look at it by a shorter way.
 * Throws `job-running` when another process has the job, after the wait for
 * it, or it waits for its turn on a server, and `state-unwritable` when the lock can't be written.
 */
export async function claimJob(
  state: State,
  job_id: string,
  waiting: LockWait = NO_WAIT,
  { prepare, find, refuse }: FolderLook = USUAL_LOOK,
): Promise<Claim> {
  const { folder } = state;
  await prepare(folder);
  // Before the lock, which a server would meet whose turn it is just then.
  await refuse(folder, filesOf(folder, job_id));
  const lock = await waitForLock(state, job_id, waiting);
  try {
    const files = await find(folder, job_id);
    if (files) {
      await refuse(folder, files);
      await sweepJobFolder(files.folder);
    }
    return { state, lock, files };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function waitForLock(
  state: State,
  job_id: string,
  { wait_ms, onWait }: LockWait,
): Promise<Lock> {
  const until = performance.now() + wait_ms;
  for (let isFirst = true; ; isFirst = false) {
    const lock = await takeLock(lockPath(state.folder, job_id)).catch((error: unknown) => {
      throw stateUnwritable(state.folder, error);
    });
    if (!('holder' in lock)) return lock;
    const left = until - performance.now();
    const error = running(state, job_id, lock);
    if (left <= 0) throw error;
    if (isFirst) onWait(`${error.message}; waiting for it, ${formatSpan(wait_ms)} at most`);
    await delay(Math.min(left, LOOK_AGAIN_MS));
  }
}

/** Names the lock's file and how long it holds where nobody here can tell whether its holder lives. */
function running(
  state: State,
  job_id: string,
  { holder, file, free_in_ms }: HeldLock,
): ImgjobError {
  const by = holder
    ? `run by another process: pid ${holder.pid} on ${showText(holder.host)}`
    : 'held by a process that its lock does not name';
  const wait = `to wait for it: --wait ${WAIT_EXAMPLE}`;
  if (free_in_ms === null && !holder) {
    const message = `the job ${job_id} is held by ${showText(file)}, which is not a lock of imgjob`;
    return new ImgjobError('job-running', message, {
      hint: 'If nothing runs the job, remove it.',
    });
  }
  if (free_in_ms === null) {
    const hint = `Look at it with: ${state.command('status', job_id)}; ${wait}`;
    return new ImgjobError('job-running', `the job ${job_id} is ${by}`, { hint });
  }
  const message = `the job ${job_id} is ${by}, by the lock ${showText(file)}`;
  const seconds = Math.ceil(free_in_ms / 1000);
  return new ImgjobError('job-running', message, {
    hint: `If that process is dead, the job is free in ${seconds} s; ${wait}`,
  });
}

const WAIT_EXAMPLE = '1m';

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { type Lock, takeLock } from '../journal/lock.ts';
import {
  defaultStateFolder,
  findJob,
  type JobFiles,
  lockPath,
  makeStateFolder,
  stateUnwritable,
} from '../journal/state-folder.ts';

/** The state folder: the one that was named, else the user's own. */
export function stateFolder(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  const { env, platform } = process;
  return defaultStateFolder({ env, platform, home: homeFolder() });
}

function homeFolder(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new ImgjobError('state-unwritable', 'there is no home folder to keep jobs in', {
      cause,
      hint: 'Name a state folder with --state-dir.',
    });
  }
}

/** A job that no other process can run or remove, until it is released. */
export type Claim = {
  state: string;
  /** Where the job is kept; null where it is not. */
  files: JobFiles | null;
  lock: Lock;
  /** Called when another process has taken the job. */
  onLost(): void;
};

/**
 * Takes a job of a state folder for this process; makes the folder where there
 * is none. Throws `job-running` when another process has the job and
 * `state-unwritable` when the lock can't be written.
 */
export async function claimJob(state: string, job_id: string): Promise<Claim> {
  await makeStateFolder(state);
  const path = lockPath(state, job_id);
  const onLost = () => claim?.onLost();
  const taken = await takeLock(path, { onLost }).catch((error: unknown) => {
    throw stateUnwritable(state, error);
  });
  if ('holder' in taken) {
    const { pid, host } = taken.holder;
    throw new ImgjobError(
      'job-running',
      `the job ${job_id} is run by another process: pid ${pid} on ${host}`,
      { hint: `Look at it with: imgjob status ${job_id}` },
    );
  }
  const claim: Claim = { state, files: null, lock: taken, onLost() {} };
  claim.files = await findJob(state, job_id).catch((error: unknown) => {
    taken.release();
    throw stateUnwritable(state, error);
  });
  return claim;
}

/** The error for an id that names no job. */
export function unknownJob(job_id: string): ImgjobError {
  return new ImgjobError('unknown-job', `there is no job ${job_id}`, {
    hint: 'imgjob status lists all jobs.',
  });
}

/** A command that names a job, as it can be typed again. */
export function commandLine(words: string[], stateDir: string | undefined): string {
  const isUsual = stateDir === undefined || stateDir === process.env.IMGJOB_STATE_DIR;
  const place = isUsual ? [] : ['--state-dir', stateDir];
  return ['imgjob', ...words, ...place].map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

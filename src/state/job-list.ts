import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { readKeptJobState } from './kept-job.ts';
import { type LockHolder, readHolder } from './lock-file.ts';
import type { ReadJobState } from './read-job-state.ts';
import { type JobFiles, listJobs, lockPath } from './state-folder.ts';
import { readServerOf } from './waiting-job.ts';

export type ListedJob = {
  jobState: ReadJobState;
  times: ReturnType<ReadJobState['times']>;
  runner: LockHolder | null;
  /** The server on which it waits for its turn; null where it does not. */
  server: LockHolder | null;
};

/** All jobs of a state folder that were ever started, the newest first; those that can't be read are named. */
export async function readJobList(state: string, log: Log): Promise<ListedJob[]> {
  const jobs: ListedJob[] = [];
  const locked = await listLocks(state);
  for (const files of await listJobs(state)) {
    try {
      const listed = await readListed(state, files, locked);
      if (listed) jobs.push({ ...listed, times: listed.jobState.times() });
    } catch (error) {
      log(messageOf(error));
    }
  }
  // ISO times sort as text.
  const startedAt = ({ times }: ListedJob) => times.started_at ?? '';
  return jobs.sort((a, b) => (startedAt(a) < startedAt(b) ? 1 : -1));
}

async function readListed(
  state: string,
  files: JobFiles,
  locked: ReadonlySet<string>,
): Promise<Omit<ListedJob, 'times'> | null> {
  const lock = lockPath(state, basename(files.folder));
  if (!locked.has(basename(lock))) {
    const jobState = await readKeptJobState(files);
    // One that has ended needs no look at a lock that is not there.
    if (jobState?.status() !== 'ongoing')
      return jobState && { jobState, runner: null, server: null };
  }
  // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
  const runner = await readHolder(lock);
  const jobState = await readKeptJobState(files);
  if (!jobState) return null;
  const server = runner ? null : await readServerOf(state, files, jobState);
  return { jobState, runner, server };
}

/** The names of the locks that are there: of most jobs there is none. */
async function listLocks(state: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(dirname(lockPath(state, 'any'))).catch(() => []));
}

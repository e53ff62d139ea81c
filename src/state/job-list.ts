import { basename } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { readKeptJobState } from './kept-job.ts';
import { type LockHolder, readHolder } from './lock-file.ts';
import type { ReadJobState } from './read-job-state.ts';
import { listJobs, lockPath } from './state-folder.ts';

export type ListedJob = { jobState: ReadJobState; runner: LockHolder | null };

/** All jobs of a state folder that were ever started, the newest first; those that can't be read are named. */
export async function readJobList(state: string, log: Log): Promise<ListedJob[]> {
  const jobs: (ListedJob & { started: string })[] = [];
  for (const files of await listJobs(state)) {
    try {
      // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
      const runner = await readHolder(lockPath(state, basename(files.folder)));
      const jobState = await readKeptJobState(files);
      const started = jobState?.times().started_at ?? '';
      if (jobState) jobs.push({ jobState, runner, started });
    } catch (error) {
      log(messageOf(error));
    }
  }
  // ISO times sort as text.
  return jobs.sort((a, b) => (a.started < b.started ? 1 : -1));
}

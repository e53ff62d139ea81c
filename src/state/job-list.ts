import { basename } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Say } from '../terminal/log.ts';
import { readKeptStanding } from './kept-job.ts';
import { type Runner, readHolder } from './lock-file.ts';
import type { JobStanding } from './read-job-state.ts';
import { listJobs, lockPath } from './state-folder.ts';

export type ListedJob = { standing: JobStanding; runner: Runner | null };

/** All jobs of a state folder that were ever started, the newest first; those that can't be read are named. */
export async function readJobList(state: string, say: Say): Promise<ListedJob[]> {
  const jobs: (ListedJob & { started: string })[] = [];
  for (const files of await listJobs(state)) {
    try {
      // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
      const runner = await readHolder(lockPath(state, basename(files.folder)));
      const standing = await readKeptStanding(files);
      const started = standing?.times().started_at ?? '';
      if (standing) jobs.push({ standing, runner, started });
    } catch (error) {
      say(messageOf(error));
    }
  }
  // ISO times sort as text.
  return jobs.sort((a, b) => (a.started < b.started ? 1 : -1));
}

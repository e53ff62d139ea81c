import { messageOf } from '../errors.ts';
import type { JobStanding } from '../journal/read-standing.ts';
import { type JobFiles, listJobs } from '../journal/state-folder.ts';
import { showText } from '../prose.ts';
import { standingOf } from './kept-job.ts';

export type ListedJob = { files: JobFiles; standing: JobStanding };

/** All jobs of a state folder that were ever started, the newest first; those that can't be read are named. */
export async function readJobList(state: string): Promise<ListedJob[]> {
  const jobs: (ListedJob & { started: string })[] = [];
  for (const files of await listJobs(state)) {
    try {
      const standing = await standingOf(files);
      const started = standing?.times().started_at ?? '';
      if (standing) jobs.push({ files, standing, started });
    } catch (error) {
      process.stderr.write(`imgjob: ${showText(files.folder)}: ${showText(messageOf(error))}\n`);
    }
  }
  // ISO times sort as text.
  return jobs.sort((a, b) => (a.started < b.started ? 1 : -1));
}

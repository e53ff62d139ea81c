import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type JobView, type Now, openJobView } from './job-view.ts';
import { readHolder } from './lock-file.ts';
import { type JobFiles, listJobs, lockPath, serverLockPath } from './state-folder.ts';

/** A job, and how it goes on. */
export type WatchedJob = { view: JobView; now: Now };

export type JobsWatch = {
  /** All jobs that go on, and those that did at an earlier look, in the order in which they were found. */
  look(): Promise<WatchedJob[]>;
  close(): Promise<void>;
};

/** Watches the jobs of a state folder that somebody runs, or will. */
export function watchJobs(state: string): JobsWatch {
  const watched = new Map<string, WatchedJob>();

  async function open(job_id: string, files: JobFiles): Promise<void> {
    // One that can't be read now, or is gone, may be there at the next look.
    const view = await openJobView(files, state).catch(() => null);
    if (!view) return;
    const now = await view.now();
    if (!goesOn(now)) return view.job.close();
    await watched.get(job_id)?.view.job.close();
    watched.set(job_id, { view, now });
  }

  return {
    async look() {
      for (const each of watched.values()) {
        if (goesOn(each.now)) each.now = await each.view.now();
      }
      const hasServer = (await readHolder(serverLockPath(state))) !== null;
      for (const files of await listJobs(state)) {
        const job_id = basename(files.folder);
        const known = watched.get(job_id);
        if (known && goesOn(known.now)) continue;
        const mayWait = hasServer && existsSync(files.submission);
        // What has ended and runs again is another run.
        if (mayWait || existsSync(lockPath(state, job_id))) await open(job_id, files);
      }
      return [...watched.values()];
    },
    async close() {
      for (const { view } of watched.values()) await view.job.close();
    },
  };
}

/** Whether somebody runs it, or will. */
export function goesOn({ runner, server }: Now): boolean {
  return runner !== null || server !== null;
}

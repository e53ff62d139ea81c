import type { JobOptions } from '../options/job-options.ts';
import type { Claim } from '../state/claim.ts';
import type { Journal } from '../state/journal.ts';
import type { KeptJob } from '../state/kept-job.ts';
import { stateUnwritable } from '../state/state-folder.ts';
import { syncKeptJob } from '../state/sync-job.ts';
import { type ClaimedJob, type JobSettings, keepInMemory } from './open-job.ts';
import { watchJournal } from './watch-journal.ts';

export type ResumingOptions = JobSettings & {
  path: string;
  fsync: boolean;
  retry_failed: boolean;
  /** Whether anything is left to do. */
  fetches: boolean;
};

/** A job that goes on where its journal ends. */
export function resumingJob(claim: Claim, job: KeptJob, given: ResumingOptions): ClaimedJob {
  const { manifest, reducer, results } = job;
  const { options, headers, path } = given;
  const { release } = claim.lock;
  const resume = { retry_failed: given.retry_failed, options: changes(job.options, options) };
  const { watch, check, attach, detach, ...watching } = watchJournal(claim, manifest.job_id);
  let journal: Journal | null = null;
  return {
    ...{ manifest, path, manifest_path: job.manifest_path, options, headers, release },
    ...{ fetches: given.fetches, fsync: given.fsync, work: null },
    async open() {
      const { command, folder } = claim.state;
      const resumeCommand = command('resume', manifest.job_id);
      const appending = { ...watching, fsync: given.fsync, resumeCommand };
      check();
      journal = await job.append(appending).catch((error: unknown) => {
        throw stateUnwritable(folder, error);
      });
      attach(journal, job.files.journal);
      if (given.fsync) await syncKeptJob(job.files, folder);
      const asKept = async () => (await job.again()) ?? keepInMemory(manifest).asKept();
      const kept = { journal, folder: job.files.folder, command, watch, asKept };
      return { results, reducer, resume, takeOver: null, ...kept };
    },
    async close() {
      detach();
      await journal?.close();
      await job.close();
      release();
    },
  };
}

/** The options that are other than they were. */
function changes(before: JobOptions, after: JobOptions): Partial<JobOptions> {
  const was = new Map<string, unknown>(Object.entries(before));
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !same(was.get(name), value)),
  );
}

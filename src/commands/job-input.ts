import { open } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import type { JobStart } from '../job/controller.ts';
import type { JobOptions } from '../job/events.ts';
import type { Manifest } from '../job/manifest.ts';
import { createMemoryResults } from '../job/results-store.ts';
import { createJournal, type Journal } from '../journal/journal.ts';
import { createJournalResults } from '../journal/journal-results.ts';
import { makeJobFolder, stateUnwritable, syncFolder } from '../journal/state-folder.ts';
import type { ManifestText } from '../manifest/read.ts';
import type { KeptJob } from './kept-job.ts';
import { type Claim, commandLine } from './state.ts';

/** A job that is about to run. */
export type JobInput = {
  manifest: Manifest;
  /** The manifest's path, for the name of its results; `-` where it has none. */
  path: string;
  /** Opens what keeps the job; called when its results are known to be writable. */
  open(): Promise<OpenJob>;
  /** Gives back all that is held of the job; the lock last. */
  close(): Promise<void>;
  /** Lets other processes have the job. Synchronous: it may be the last thing done. */
  release(): void;
};

export type OpenJob = JobStart & {
  /** Null where nothing is kept. */
  journal: Journal | null;
  /** The command that goes on with the job when it is stopped. */
  resumeCommand: string | null;
};

export type ReadInput = { manifest: Manifest; path: string; named: boolean; text: ManifestText };

export type KeepOptions = { stateDir?: string; fsync: boolean };

/** A job of which nothing outlives the process. */
export function memoryInput({ manifest, path, text }: Omit<ReadInput, 'named'>): JobInput {
  text.release();
  return {
    ...{ manifest, path, close: manifest.close, release() {} },
    open: async () => openInMemory(manifest),
  };
}

function openInMemory(manifest: Manifest): OpenJob {
  return { manifest, results: createMemoryResults(), journal: null, resumeCommand: null };
}

/**
 * A job that starts, in the place of an earlier one if there is one. Where it
 * can't be kept, `tolerate` throws or lets it run without.
 */
export function startInput(
  claim: Claim,
  read: ReadInput,
  options: KeepOptions & { tolerate(error: unknown): void },
): JobInput {
  const { manifest, path, text } = read;
  const { release } = claim.lock;
  let journal: Journal | null = null;
  const openKept = async (): Promise<OpenJob> => {
    const { job_id, image_counts } = manifest;
    const files = await makeJobFolder(claim.state, job_id, text);
    const file = await open(files.journal, 'ax+', 0o600);
    if (options.fsync) await syncFolder(files.folder);
    const resumeCommand = commandLine(['resume', job_id], options.stateDir);
    journal = createJournal(file, { job_id, end: 0, fsync: options.fsync, resumeCommand });
    refuseWhenLost(claim, journal, job_id);
    const results = createJournalResults(image_counts, journal);
    return { manifest, results, journal, resumeCommand };
  };
  return {
    ...{ manifest, path, release },
    async close() {
      await journal?.close();
      await manifest.close();
      release();
    },
    open: () =>
      openKept().catch((cause: unknown) => {
        if (cause instanceof ImgjobError) throw cause;
        options.tolerate(stateUnwritable(claim.state, cause));
        text.release();
        return openInMemory(manifest);
      }),
  };
}

/** A job that goes on where its journal ends. */
export function resumeInput(
  claim: Claim,
  job: KeptJob,
  options: KeepOptions & { path: string; retry_failed: boolean; job: JobOptions },
): JobInput {
  const { manifest, fold, results } = job;
  const { release } = claim.lock;
  let journal: Journal | null = null;
  return {
    ...{ manifest, path: options.path, release },
    async close() {
      await journal?.close();
      await job.close();
      release();
    },
    async open() {
      const { job_id } = manifest;
      const resumeCommand = commandLine(['resume', job_id], options.stateDir);
      journal = await job
        .append({ fsync: options.fsync, resumeCommand })
        .catch((error: unknown) => {
          throw stateUnwritable(claim.state, error);
        });
      refuseWhenLost(claim, journal, job_id);
      const resumed = {
        fold,
        retry_failed: options.retry_failed,
        options: changes(job.options, options.job),
      };
      return { manifest, results, resumed, journal, resumeCommand };
    },
  };
}

/** Two processes must never write to one journal. */
function refuseWhenLost(claim: Claim, journal: Journal, job_id: string): void {
  claim.onLost = () => {
    const message = `another process has taken the job ${job_id}: this one was held to be dead`;
    journal.refuse(new ImgjobError('lock-lost', message));
  };
}

/** The options that are other than they were. */
function changes(before: JobOptions, after: JobOptions): Partial<JobOptions> {
  const was = new Map<string, number>(Object.entries(before));
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => was.get(name) !== value),
  );
}

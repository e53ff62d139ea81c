import { resolve } from 'node:path';
import type { JobStart } from '../job/controller.ts';
import type { Effects } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { DocumentSource } from '../results/document.ts';
import { createReducer } from '../results/reducer.ts';
import { createMemoryResults } from '../results/results-store.ts';
import type { Journal } from '../state/journal.ts';
import type { State } from '../state/locate.ts';
import type { WorkStep } from './choose-work.ts';
import type { JournalWatch } from './watch-journal.ts';

/** What a job is run with. */
export type JobSettings = {
  options: JobOptions;
  /** The user's own, with their values. */
  headers: Header[];
};

/** A job that is this process's to run. */
export type ClaimedJob = JobSettings & {
  manifest: Manifest;
  /** The manifest's path, for the name of its results; `-` where it has none. */
  path: string;
  /** The file its manifest was read from when it began, whole; null where that was none. */
  manifest_path: string | null;
  /** Whether anything may be left to do. */
  fetches: boolean;
  /** Whether what is kept is brought to the disk at once. */
  fsync: boolean;
  /** Work that takes the place of what the options say; null for that. */
  work: WorkStep | null;
  /** Opens what keeps the job; called when its results are known to be writable. */
  open(): Promise<Keeping>;
  /** Gives back all that is held of the job; the lock last. */
  close(): Promise<void>;
  /** Lets other processes have the job. Synchronous: it may be the last thing done. */
  release(): void;
};

/** Where a job is kept, and how it stands there. */
export type Keeping = Pick<JobStart, 'results' | 'reducer' | 'resume' | 'takeOver'> & {
  /** Null where nothing is kept. */
  journal: Journal | null;
  /** The folder where it is kept; null where it is not. */
  folder: string | null;
  /** Commands on the job as they can be typed again; null where nothing is kept. */
  command: State['command'] | null;
  /** What happens to the place where it is kept; null where there is none. */
  watch: JournalWatch | null;
  /** The job as its journal has it: when that has failed, what is not in there counts for nothing. */
  asKept(): Promise<DocumentSource>;
};

/** A job for which all is there that its images take. */
export type PreparedJob = ClaimedJob & {
  /** What is done to its images. */
  steps: Pick<Effects, 'fetch' | 'work' | 'unsave'> & Pick<WorkStep, 'gathering'>;
  isWhole: JobStart['isWhole'];
  /** Gives back what the steps use. */
  giveBack(): Promise<void>;
};

/** A job that is ready to start. */
export type OpenJob = Omit<PreparedJob, 'open' | 'work'> & Keeping;

/** Opens what keeps a job: an earlier run gives way to it. */
export async function openJob(job: PreparedJob): Promise<OpenJob> {
  return { ...job, ...(await job.open()) };
}

/** A job of which nothing outlives the process. */
export function memoryJob(
  { manifest, path, text }: Omit<ReadInput, 'named'>,
  settings: JobSettings,
): ClaimedJob {
  text.release();
  return {
    ...settings,
    ...{ manifest, path, manifest_path: wholePath(path) },
    ...{ fetches: true, fsync: false, work: null },
    open: async () => keepInMemory(manifest),
    close: manifest.close,
    release() {},
  };
}

/** As it can be found from any folder; null for what is no file. */
export function wholePath(path: string): string | null {
  return path === '-' ? null : resolve(path);
}

/** Keeps a job's results in memory alone. */
export function keepInMemory(manifest: Manifest): Keeping {
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  const asKept = async () => ({ manifest, reducer, results });
  const nowhere = { journal: null, folder: null, command: null, watch: null };
  return { results, reducer, resume: null, takeOver: null, ...nowhere, asKept };
}

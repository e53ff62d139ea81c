import { dirname } from 'node:path';
import { ImgjobError, systemCode } from '../errors.ts';
import { syncFolder, syncPath } from '../files/sync.ts';
import type { JobStart } from '../job/controller.ts';
import type { Effects } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { DocumentSource } from '../results/document.ts';
import { createReducer } from '../results/reducer.ts';
import type { JobStatus } from '../results/results-schema.ts';
import { createMemoryResults } from '../results/results-store.ts';
import type { Claim } from '../state/claim.ts';
import { createJournal, type Journal } from '../state/journal.ts';
import { createJournalResults } from '../state/journal-results.ts';
import type { KeptJob } from '../state/kept-job.ts';
import type { State } from '../state/locate.ts';
import { rebuildJob } from '../state/rebuild.ts';
import {
  createJournalFile,
  type JobFiles,
  makeJobFolder,
  previousFiles,
  stateUnwritable,
} from '../state/state-folder.ts';
import type { Log } from '../terminal/log.ts';
import type { WorkStep } from './choose-work.ts';
import { type JournalWatch, watchJournal } from './watch-journal.ts';

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
  /** Whether anything may be left to do. */
  fetches: boolean;
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
export type Keeping = Pick<JobStart, 'results' | 'reducer' | 'resume'> & {
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
  steps: Pick<Effects, 'fetch' | 'work'> & Pick<WorkStep, 'gathering'>;
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
    ...{ manifest, path, fetches: true, work: null },
    open: async () => keepInMemory(manifest),
    close: manifest.close,
    release() {},
  };
}

/** Keeps a job's results in memory alone. */
export function keepInMemory(manifest: Manifest): Keeping {
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  const asKept = async () => ({ manifest, reducer, results });
  const kept = { journal: null, folder: null, command: null, watch: null };
  return { results, reducer, resume: null, ...kept, asKept };
}

export type StartingOptions = JobSettings & {
  fsync: boolean;
  /** How the earlier run of the job stands, which this one takes the place of. */
  earlier: JobStatus | 'unreadable' | null;
  log: Log;
  /** Throws, or lets the job run without being kept. */
  tolerate(error: unknown): void;
};

/** A job that starts. */
export function startingJob(claim: Claim, read: ReadInput, given: StartingOptions): ClaimedJob {
  const { manifest, path, text } = read;
  const { options, headers } = given;
  const { release } = claim.lock;
  const { watch, check, attach, detach, ...watching } = watchJournal(claim, manifest.job_id);
  let journal: Journal | null = null;

  async function openKept(): Promise<Keeping> {
    const { job_id, image_counts } = manifest;
    const { folder } = claim.state;
    const { fsync, earlier } = given;
    const keepEarlier = await isToBeKept(claim, earlier);
    const { form, copyTo } = text;
    const newJob = { earlier: claim.files, form, copyTo, keepEarlier, fsync, check };
    const files = await makeJobFolder(folder, job_id, newJob);
    if (earlier) given.log(startsOver(claim, job_id, keepEarlier ? earlier : 'unreadable'));
    const file = await createJournalFile(files, check);
    const resumeCommand = claim.state.command('resume', job_id);
    journal = createJournal(file, { ...watching, job_id, end: 0, fsync, resumeCommand });
    attach(journal, files.journal);
    if (fsync) await syncFolders(files.folder, folder);
    const results = createJournalResults(image_counts, journal);
    const reducer = createReducer(manifest, results);
    const { command } = claim.state;
    const asKept = async () =>
      (await rebuildJob(file, manifest)) ?? keepInMemory(manifest).asKept();
    const kept = { journal, folder: files.folder, command, watch };
    return { results, reducer, resume: null, ...kept, asKept };
  }

  return {
    ...{ manifest, path, options, headers, release },
    ...{ fetches: true, work: null },
    open: () =>
      openKept().catch((cause: unknown) => {
        if (cause instanceof ImgjobError) throw cause;
        // Whoever has the job by now has swept what was being made.
        check();
        given.tolerate(stateUnwritable(claim.state.folder, cause));
        text.release();
        return keepInMemory(manifest);
      }),
    async close() {
      detach();
      await journal?.close();
      await manifest.close();
      release();
    },
  };
}

/** A run that can't be read takes the place of one that can only where there is none. */
async function isToBeKept({ files }: Claim, earlier: StartingOptions['earlier']): Promise<boolean> {
  if (!files || earlier === null) return false;
  const { isReadable } = await import('../state/kept-job.ts');
  if (earlier !== 'unreadable' && (await isReadable(files))) return true;
  return !(await isReadable(previousFiles(files)));
}

function startsOver({ state }: Claim, job_id: string, earlier: string): string {
  if (earlier === 'unreadable') return `${job_id} can't be read, and starts over`;
  const how = earlier === 'ongoing' ? 'was interrupted' : `has run before (${earlier})`;
  const command = state.command('results', job_id, '--previous');
  return `${job_id} ${how} and starts over; its earlier results: ${command}`;
}

/** Brings the names of a new job's files and folders to the disk. */
async function syncFolders(folder: string, state: string): Promise<void> {
  for (const each of [folder, dirname(folder), state, dirname(state)]) await syncFolder(each);
}

/** The same, and the manifest: the job may have been started without. */
async function syncKept(files: JobFiles, state: string): Promise<void> {
  for (const path of Object.values(files.manifest)) await syncPath(path).catch(unlessMissing);
  await syncFolders(files.folder, state);
}

function unlessMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}

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
    ...{ manifest, path, options, headers, release },
    ...{ fetches: given.fetches, work: null },
    async open() {
      const { command, folder } = claim.state;
      const resumeCommand = command('resume', manifest.job_id);
      const appending = { ...watching, fsync: given.fsync, resumeCommand };
      check();
      journal = await job.append(appending).catch((error: unknown) => {
        throw stateUnwritable(folder, error);
      });
      attach(journal, job.files.journal);
      if (given.fsync) await syncKept(job.files, folder);
      const asKept = async () => (await job.again()) ?? keepInMemory(manifest).asKept();
      const kept = { journal, folder: job.files.folder, command, watch };
      return { results, reducer, resume, ...kept, asKept };
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

import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';
import type { JobStart } from '../job/controller.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ManifestText } from '../manifest/read.ts';
import type { JobOptions } from '../results/events.ts';
import type { JobStatus } from '../results/results-schema.ts';
import { createMemoryResults } from '../results/results-store.ts';
import type { Claim, State } from '../state/claim.ts';
import { createJournal, type Journal } from '../state/journal.ts';
import { createJournalResults } from '../state/journal-results.ts';
import type { KeptJob } from '../state/kept-job.ts';
import { makeJobFolder, stateUnwritable, syncFolder } from '../state/state-folder.ts';
import type { Log } from '../terminal/log.ts';

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
  /** Commands on the job as they can be typed again; null where nothing is kept. */
  command: State['command'] | null;
};

/** A manifest that was read, before anything is known of its job. */
export type ReadInput = { manifest: Manifest; path: string; named: boolean; text: ManifestText };

/** A job of which nothing outlives the process. */
export function memoryInput({ manifest, path, text }: Omit<ReadInput, 'named'>): JobInput {
  text.release();
  const open = async () => openInMemory(manifest);
  return { manifest, path, open, close: manifest.close, release() {} };
}

function openInMemory(manifest: Manifest): OpenJob {
  return { manifest, results: createMemoryResults(), journal: null, command: null };
}

export type StartOptions = {
  fsync: boolean;
  /** How the earlier run of the job stands, which this one takes the place of. */
  earlier: JobStatus | 'unreadable' | null;
  log: Log;
  /** Throws, or lets the job run without being kept. */
  tolerate(error: unknown): void;
};

/** A job that starts. */
export function startInput(claim: Claim, read: ReadInput, options: StartOptions): JobInput {
  const { manifest, path, text } = read;
  const { release } = claim.lock;
  let journal: Journal | null = null;

  async function openKept(): Promise<OpenJob> {
    const { job_id, image_counts } = manifest;
    const { folder } = claim.state;
    const keepEarlier = options.earlier !== null;
    const files = await makeJobFolder(folder, job_id, { ...text, keepEarlier });
    if (options.earlier) options.log(startsOver(claim, job_id, options.earlier));
    const file = await open(files.journal, 'ax+', 0o600);
    // A full disk shows at the first byte: now, and not when the job has started.
    await file.write('\n');
    await file.truncate();
    if (options.fsync) await syncFolders(files.folder, folder);
    const resumeCommand = claim.state.command('resume', job_id);
    journal = createJournal(file, { job_id, end: 0, fsync: options.fsync, resumeCommand });
    refuseWhenLost(claim, journal, job_id);
    const results = createJournalResults(image_counts, journal);
    return { manifest, results, journal, command: claim.state.command };
  }

  return {
    manifest,
    path,
    release,
    open: () =>
      openKept().catch((cause: unknown) => {
        if (cause instanceof ImgjobError) throw cause;
        options.tolerate(stateUnwritable(claim.state.folder, cause));
        text.release();
        return openInMemory(manifest);
      }),
    async close() {
      await journal?.close();
      await manifest.close();
      release();
    },
  };
}

function startsOver({ state }: Claim, job_id: string, earlier: string): string {
  const how = earlier === 'ongoing' ? 'was interrupted' : `has run before (${earlier})`;
  const command = state.command('results', job_id, '--previous');
  return `${job_id} ${how} and starts over; its earlier results: ${command}`;
}

/** Brings the names of a new job's files and folders to the disk. */
async function syncFolders(folder: string, state: string): Promise<void> {
  for (const each of [folder, dirname(folder), state, dirname(state)]) await syncFolder(each);
}

export type ResumeOptions = {
  path: string;
  fsync: boolean;
  retry_failed: boolean;
  /** The options it goes on with. */
  job: JobOptions;
};

/** A job that goes on where its journal ends. */
export function resumeInput(claim: Claim, job: KeptJob, options: ResumeOptions): JobInput {
  const { manifest, reducer, results } = job;
  const { release } = claim.lock;
  const resumed = {
    reducer,
    retry_failed: options.retry_failed,
    options: changes(job.options, options.job),
  };
  let journal: Journal | null = null;
  return {
    manifest,
    path: options.path,
    release,
    async open() {
      const resumeCommand = claim.state.command('resume', manifest.job_id);
      journal = await job
        .append({ fsync: options.fsync, resumeCommand })
        .catch((error: unknown) => {
          throw stateUnwritable(claim.state.folder, error);
        });
      refuseWhenLost(claim, journal, manifest.job_id);
      return { manifest, results, resumed, journal, command: claim.state.command };
    },
    async close() {
      await journal?.close();
      await job.close();
      release();
    },
  };
}

/** Two processes must never write to one journal. */
function refuseWhenLost({ lock }: Claim, journal: Journal, job_id: string): void {
  onAbort(lock.lost, () => {
    const message = `another process has taken the job ${job_id}: this one was held to be dead`;
    journal.refuse(new ImgjobError('lock-lost', message));
  });
}

/** The options that are other than they were. */
function changes(before: JobOptions, after: JobOptions): Partial<JobOptions> {
  const was = new Map<string, unknown>(Object.entries(before));
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !same(was.get(name), value)),
  );
}

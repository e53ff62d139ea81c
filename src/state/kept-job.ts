import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ImgjobError, isOf, messageOf, reasonOf, systemCode } from '../errors.ts';
import { openQuickly } from '../files/readable-file.ts';
import { fileSource } from '../files/seekable.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { loadManifest } from '../manifest/read.ts';
import type { Turns } from '../turns.ts';
import { readStart } from './read-events.ts';
import { type ReadJobState, readJobState } from './read-job-state.ts';
import { type RebuildOptions, type RebuiltJob, rebuildJob } from './rebuild.ts';
import { type JobFiles, keptForm } from './state-folder.ts';

/** A job as its files have it; `close` gives them back. */
export type KeptJob = RebuiltJob & { files: JobFiles; close(): Promise<void> };

export type KeptJobOptions = RebuildOptions & {
  /** Whether its journal is to be written on. */
  writable?: boolean;
};

/** Reads a job whole. Null where it was never started; throws `journal-unreadable`. */
export async function readKeptJob(
  files: JobFiles,
  options: KeptJobOptions = {},
): Promise<KeptJob | null> {
  const journal = await openJournal(files, options.writable ?? false);
  if (!journal) return null;
  let manifest: Manifest | null = null;
  const close = async () => {
    await manifest?.close();
    await journal.close();
  };
  try {
    // The journal's spelling of the id holds.
    const start = await readStart(journal);
    manifest = start && (await readKeptManifest(files, start.job_id));
    const job = manifest && (await rebuildJob(journal, manifest, options));
    if (job) return { ...job, files, close };
  } catch (error) {
    await close();
    // Nobody waits for it any more.
    if (isOf(error, 'stopped')) throw error;
    throw unreadable(files, messageOf(error), error);
  }
  await close();
  return null;
}

/** How a job stands as a whole, without its manifest where the journal looks whole. */
export async function readKeptJobState(
  files: JobFiles,
  turns: Turns | null = null,
): Promise<ReadJobState | null> {
  const journal = openJournalQuickly(files);
  if (!journal) return null;
  try {
    const jobState = await readJobState(journal, turns);
    if (!jobState?.damaged) return jobState;
  } catch (error) {
    throw unreadable(files, messageOf(error), error);
  } finally {
    journal.close();
  }
  const job = await readKeptJob(files, turns ? { turns } : {});
  await job?.close();
  if (!job) return null;
  const { job_id, status, times, delivered, stopped_by, summary } = job.reducer;
  const { stores, images } = summary();
  const counts = { stores: stores.total, images: images.total };
  return { job_id, status, times, delivered, stopped_by, ...counts, damaged: true };
}

/** Whether a run was started and has what its results are made of, as far as a look can tell. */
export async function isReadable(files: JobFiles): Promise<boolean> {
  const sizes = Object.values(files.manifest).map((path) =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  // What a power cut has taken the content of has its name yet.
  if (Math.max(...(await Promise.all(sizes))) === 0) return false;
  return readKeptJobState(files).then(
    (jobState) => jobState !== null,
    () => false,
  );
}

/** Null where there is none: the job was never started. */
async function openJournal(files: JobFiles, writable: boolean): Promise<FileHandle | null> {
  const { O_RDONLY, O_RDWR, O_APPEND } = constants;
  return open(files.journal, writable ? O_RDWR | O_APPEND : O_RDONLY).catch((error: unknown) =>
    unopened(files, error),
  );
}

function openJournalQuickly(files: JobFiles) {
  try {
    return openQuickly(files.journal);
  } catch (error) {
    return unopened(files, error);
  }
}

function unopened(files: JobFiles, error: unknown): null {
  if (systemCode(error) === 'ENOENT') return null;
  throw unreadable(files, `can't read the journal: ${reasonOf(error)}`, error);
}

/** The manifest that a job was started with. */
async function readKeptManifest(files: JobFiles, job_id: string): Promise<Manifest> {
  const form = keptForm(files);
  const outcome = await loadManifest(fileSource(files.manifest[form]), {
    format: form,
    job_id,
    now: Date.now,
    random: Math.random,
  });
  if ('problems' in outcome) throw new ImgjobError('journal-unreadable', 'its manifest is damaged');
  outcome.text.release();
  return outcome.manifest;
}

function unreadable({ folder }: JobFiles, why: string, cause: unknown): ImgjobError {
  return new ImgjobError('journal-unreadable', `${basename(folder)}: ${why}`, {
    cause,
    hint: 'To start it over, run its manifest with --force. To give it up, use the command rm.',
  });
}

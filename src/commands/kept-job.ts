import { type FileHandle, open } from 'node:fs/promises';
import { ImgjobError, systemCode } from '../errors.ts';
import type { Manifest } from '../job/manifest.ts';
import { type JobStanding, readStanding } from '../journal/read-standing.ts';
import { readSavedJob, type SavedJob, type SavedJobOptions } from '../journal/saved-job.ts';
import type { JobFiles } from '../journal/state-folder.ts';
import { readManifest } from '../manifest/read.ts';

/** How a kept job stands; null where it was never started. */
export async function standingOf(files: JobFiles | null): Promise<JobStanding | null> {
  const journal = await openJournal(files, 'r');
  try {
    return journal && (await readStanding(journal));
  } finally {
    await journal?.close();
  }
}

/** A job that is read from its files; `close` gives them back. */
export type KeptJob = SavedJob & { close(): Promise<void> };

/**
 * Reads a kept job whole: its manifest, or one that says the same, and its
 * journal. Null where it was never started. `flags` are those of `open`.
 */
export async function readKeptJob(
  files: JobFiles,
  flags: 'r' | 'a+',
  options: SavedJobOptions & { manifest?: Manifest } = {},
): Promise<KeptJob | null> {
  const standing = await standingOf(files);
  const journal = standing && (await openJournal(files, flags));
  if (!standing || !journal) return null;
  const { job_id } = standing;
  try {
    // The journal's spelling of the id holds.
    const manifest = options.manifest
      ? { ...options.manifest, job_id }
      : await readKeptManifest(files, job_id);
    const saved = await readSavedJob(journal, manifest, options);
    const close = async () => {
      await manifest.close();
      await journal.close();
    };
    return saved && { ...saved, close };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function openJournal(files: JobFiles | null, flags: 'r' | 'a+'): Promise<FileHandle | null> {
  if (!files) return null;
  return open(files.journal, flags).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
}

/** The manifest that a job was started with. */
export async function readKeptManifest(files: JobFiles, job_id: string): Promise<Manifest> {
  const form = await open(files.manifest.ndjson).then(
    async (file) => {
      await file.close();
      return 'ndjson' as const;
    },
    () => 'json' as const,
  );
  const outcome = await readManifest(
    { path: files.manifest[form], stdin: process.stdin },
    { format: form, job_id, now: Date.now, random: Math.random },
  );
  if (!('problems' in outcome)) {
    outcome.text.release();
    return outcome.manifest;
  }
  throw new ImgjobError('journal-unreadable', `the manifest kept of ${job_id} is damaged`);
}

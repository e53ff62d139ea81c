import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { syncFolder, syncPath } from '../files/sync.ts';
import type { JobFiles } from './state-folder.ts';

/** Brings the names of a new job's files and folders to the disk. */
export async function syncJobFolder({ folder }: JobFiles, state: string): Promise<void> {
  for (const each of [folder, dirname(folder), state, dirname(state)]) await syncFolder(each);
}

/** The same, and the manifest: the job may have been started without. */
export async function syncKeptJob(files: JobFiles, state: string): Promise<void> {
  for (const path of Object.values(files.manifest)) await syncPath(path).catch(unlessMissing);
  await syncJobFolder(files, state);
}

function unlessMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}

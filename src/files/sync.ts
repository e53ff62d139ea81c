import { closeSync, fdatasync, fsync, openSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from '../errors.ts';

/** What says that a file can't be synced at all, and not that it went wrong: fsync(2). */
const NOT_SYNCABLE = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS'];

/**
 * Brings a file to the disk. By its descriptor: the handles of Yarn's PnP have
 * no `sync`. Rejects where its bytes could not be kept.
 */
export async function syncFile(file: Pick<FileHandle, 'fd'>): Promise<void> {
  await promisify(fsync)(file.fd).catch((error: unknown) => {
    if (!NOT_SYNCABLE.includes(systemCode(error))) throw error;
  });
}

/** Brings what a file holds to the disk, and how long it is; rejects where that can't be. */
export async function syncData(file: Pick<FileHandle, 'fd'>): Promise<void> {
  await promisify(fdatasync)(file.fd);
}

/** Brings a file to the disk, by its path. */
export async function syncPath(path: string): Promise<void> {
  // Only what waits for the disk is worth a thread.
  const fd = openSync(path, 'r+');
  await syncFile({ fd }).finally(() => closeSync(fd));
}

/** Brings the names in a folder to the disk; not every system can. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const fd = openSync(folder, 'r');
    await syncFile({ fd }).finally(() => closeSync(fd));
  } catch {
    // Its files are there all the same.
  }
}

import { fdatasync, fsync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
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
  const file = await open(path, 'r+');
  await syncFile(file).finally(() => file.close());
}

/** Brings the names in a folder to the disk; not every system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  if (!handle) return;
  await syncFile(handle).catch(() => {});
  await handle.close();
}

import { fsync } from 'node:fs';
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

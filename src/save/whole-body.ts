import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageResult } from '../results/results-schema.ts';

/** Tells whether the file that a result names is there, with what it had when it was kept. */
export type BodyCheck = (result: ImageResult) => Promise<boolean>;

const READ_BYTES = 2 ** 20;

/**
 * Looks at files below a folder. A file is whole that has all its bytes and,
 * where the result has a digest, that digest: reading a file takes far less
 * time than fetching it does. Without one its size has to do. It is read in
 * pieces, and other things go on in between.
 */
export function createBodyCheck(root: string): BodyCheck {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let sinceTurn = 0;

  async function hasDigest(path: string, bytes: number, digest: string): Promise<boolean> {
    const hash = createHash('sha256');
    const fd = openSync(path, 'r');
    try {
      for (let at = 0; at < bytes; ) {
        const count = readSync(fd, buffer, 0, Math.min(READ_BYTES, bytes - at), at);
        if (count === 0) return false;
        hash.update(buffer.subarray(0, count));
        at += count;
        sinceTurn += count;
        if (sinceTurn < READ_BYTES) continue;
        sinceTurn = 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      closeSync(fd);
    }
    return hash.digest('hex') === digest;
  }

  return async ({ file, bytes, sha256 }) => {
    if (file === null || bytes === null || !isBodyPath(file)) return false;
    const path = join(root, file);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size !== bytes) return false;
    // What can't be read is as good as not there.
    return sha256 === null || (await hasDigest(path, bytes, sha256).catch(() => false));
  };
}

/** `STORE/NAME`, and nothing that leads out of there: journals can say anything. */
function isBodyPath(file: string): boolean {
  const parts = file.split('/');
  return parts.length === 2 && parts.every((part) => !/^\.*$|[\\:\0]/.test(part));
}

import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import { openSeekable, readBytes, type SeekableFile } from '../files/seekable.ts';
import { excerpt } from '../terminal/prose.ts';
import type { ManifestSource } from './options.ts';

const SENTENCES: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its name is too long',
};

/** Reads all bytes. Throws `manifest-unreadable`, also where they are more than one string can hold. */
export async function readWhole(source: ManifestSource): Promise<Buffer> {
  try {
    // A file in one piece: nothing else is to be done before it is there.
    const stats = source.path === '-' ? null : await stat(source.path);
    if (!stats?.isFile()) return await gather(source);
    if (stats.size > constants.MAX_STRING_LENGTH) throw tooLarge(source);
    const bytes = readFileSync(source.path);
    if (bytes.length > constants.MAX_STRING_LENGTH) throw tooLarge(source);
    return bytes;
  } catch (error) {
    throw unreadable(source, error);
  }
}

async function gather(source: ManifestSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readBytes(source)) {
    size += chunk.length;
    if (size > constants.MAX_STRING_LENGTH) throw tooLarge(source);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Opens the source for reading it twice; a pipe is copied to a temporary file first. */
export async function openTwice(source: ManifestSource): Promise<SeekableFile> {
  try {
    return await openSeekable(source);
  } catch (error) {
    throw unreadable(source, error);
  }
}

/** The error for a source that cannot be read, as a plain sentence. */
export function unreadable(source: ManifestSource, error: unknown): ImgjobError {
  if (error instanceof ImgjobError) return error;
  const why = SENTENCES[systemCode(error)] ?? excerpt(messageOf(error), 200);
  return new ImgjobError('manifest-unreadable', `can't read ${nameOf(source)}: ${why}`, {
    cause: error,
  });
}

function tooLarge(source: ManifestSource): ImgjobError {
  const mebibytes = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);
  return new ImgjobError(
    'manifest-unreadable',
    `can't read ${nameOf(source)}: it is larger than the ${mebibytes} MiB that JSON may have here`,
    { hint: 'write it as NDJSON, one store on each line: that may have any size' },
  );
}

function nameOf({ path }: ManifestSource): string {
  return path === '-' ? 'standard input' : excerpt(path, 300);
}

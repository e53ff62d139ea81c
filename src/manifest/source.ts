import { constants } from 'node:buffer';
import { createReadStream, readFileSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import type { ManifestSource } from './options.ts';
import { excerpt } from './problem.ts';

/** A file that can be read at any position, until it is closed. */
export type OpenFile = { file: FileHandle; close(): Promise<void> };

const SENTENCES: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'no space left for its copy in the folder for temporary files',
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
  for await (const chunk of bytesOf(source)) {
    size += chunk.length;
    if (size > constants.MAX_STRING_LENGTH) throw tooLarge(source);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Opens the source for reading it twice; a pipe is copied to a temporary file first. */
export async function openTwice(source: ManifestSource): Promise<OpenFile> {
  try {
    if (source.path === '-') return await spool(source.stdin);
    const file = await open(source.path);
    if ((await file.stat()).isFile()) return { file, close: () => file.close() };
    return await spool(file.createReadStream()).finally(() => file.close());
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
    { hint: 'write it as NDJSON, one store a line: that may have any size' },
  );
}

function nameOf({ path }: ManifestSource): string {
  return path === '-' ? 'standard input' : excerpt(path, 300);
}

function bytesOf(source: ManifestSource): AsyncIterable<Uint8Array> {
  if (source.path === '-') return source.stdin;
  return createReadStream(source.path, { highWaterMark: 2 ** 20 });
}

/** Copies bytes to a temporary file only this user can read. */
async function spool(bytes: AsyncIterable<Uint8Array>): Promise<OpenFile> {
  const folder = await mkdtemp(join(tmpdir(), 'imgjob-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const file = await open(join(folder, 'manifest.ndjson'), 'wx+', 0o600);
    // An open file lives on without a name, and nothing is left behind by a kill. Not on Windows.
    if (process.platform !== 'win32') await remove();
    const close = async () => {
      await file.close();
      await remove();
    };
    await copy(bytes, file).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return { file, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copy(bytes: AsyncIterable<Uint8Array>, file: FileHandle): Promise<void> {
  for await (const chunk of bytes) await file.writeFile(chunk);
}

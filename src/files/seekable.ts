import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImgjobError, reasonOf } from '../errors.ts';

/** A file that can be read at any position, until it is closed. */
export type SeekableFile = { file: FileHandle; close(): Promise<void> };

/** Where text comes from. */
export type TextSource = {
  /** A file's path; `-` is standard input. */
  path: string;
  /** Read only where `path` is `-`. */
  stdin: AsyncIterable<Uint8Array>;
  /** A file in which it is already: it is closed in its place. */
  copy?: SeekableFile;
};

/** The source of a file that has a path. */
export function fileSource(path: string): TextSource {
  return { path, stdin: nothing() };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Opens a source for reading it more than once: a pipe is copied to a temporary file first. */
export async function openSeekable(source: TextSource): Promise<SeekableFile> {
  if (source.copy) return source.copy;
  if (source.path === '-') return spool(source.stdin);
  const file = await open(source.path);
  if ((await file.stat()).isFile()) return { file, close: () => file.close() };
  return spool(file.createReadStream()).finally(() => file.close());
}

/** The bytes of a source, once. */
export function readBytes(source: TextSource): AsyncIterable<Uint8Array> {
  if (source.path === '-') return source.stdin;
  return createReadStream(source.path, { highWaterMark: 2 ** 20 });
}

/**
 * Copies bytes to a temporary file only this user can read, below a folder:
 * that of the system unless it is said. Throws `temporary-unwritable`.
 */
export async function spool(
  bytes: AsyncIterable<Uint8Array>,
  below = tmpdir(),
): Promise<SeekableFile> {
  const refuse = refusal(below);
  const folder = await mkdtemp(join(below, 'imgjob-')).catch(refuse);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const file = await open(join(folder, 'copy'), 'wx+', 0o600).catch(refuse);
    // An open file lives on without a name, and nothing is left behind by a kill. Not on Windows.
    if (process.platform !== 'win32') await remove();
    const close = async () => {
      await file.close();
      await remove();
    };
    await copy(bytes, file, refuse).catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return { file, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copy(
  bytes: AsyncIterable<Uint8Array>,
  file: FileHandle,
  refuse: (cause: unknown) => never,
): Promise<void> {
  for await (const chunk of bytes) await file.writeFile(chunk).catch(refuse);
}

/** It is not the fault of what was to be copied. */
function refusal(folder: string): (cause: unknown) => never {
  return (cause) => {
    const message = `can't write to the folder for temporary files, ${folder}: ${reasonOf(cause)}`;
    throw new ImgjobError('temporary-unwritable', message, {
      cause,
      hint: 'TMPDIR names another one.',
    });
  };
}

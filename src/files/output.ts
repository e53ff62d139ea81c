import { rmSync } from 'node:fs';
import { type FileHandle, open, readlink, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { showText } from '../terminal/prose.ts';

/** A place that a results document goes to. */
export type Output = {
  /** How the place is called in the summary. */
  name: string;
  /** Whether several documents follow one another here. */
  shared: boolean;
  /** Writes the whole document; rejects with `output-unwritable`. */
  write(blocks: AsyncIterable<string>): Promise<void>;
  /** Leaves nothing behind of a document that was not written. Synchronous: it may be the last thing done. */
  discard(): void;
};

/**
 * A file that appears whole or not at all: a temporary file beside it, made
 * now, so that an unwritable place costs no work, is renamed over it at the
 * end. Links are followed; what is no regular file (a pipe, a device) is
 * written to as it is.
 */
export async function openFileOutput(path: string): Promise<Output> {
  try {
    const existing = await stat(path).catch(unlessMissing);
    if (existing?.isDirectory())
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    if (existing && !existing.isFile()) return directOutput(path, await open(path, 'w'));
    const target = await followed(path);
    // Two of one name are an error, no mix-up; node:crypto would take longer to load than all of this.
    const chance = Math.random().toString(36).slice(2, 10);
    const temporary = join(dirname(target), `.${basename(target)}.${chance}.tmp`);
    const handle = await open(temporary, 'wx', existing ? existing.mode & 0o777 : 0o666);
    return atomicOutput(path, target, temporary, handle);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/** The file behind links, also one that is yet to be made; a pipe of the shell has no path to follow. */
export async function followed(path: string, links = 0): Promise<string> {
  const whole = resolve(path);
  const existing = await realpath(whole).catch(() => null);
  if (existing !== null) return existing;
  const folder = await realpath(dirname(whole)).catch(() => dirname(whole));
  const next = await readlink(whole).catch(() => null);
  if (next === null || links === MAX_LINKS) return join(folder, basename(whole));
  return followed(resolve(folder, next), links + 1);
}

function atomicOutput(name: string, target: string, temporary: string, handle: FileHandle): Output {
  let present = true;
  const discard = () => {
    if (present) rmSync(temporary, { force: true });
    present = false;
  };
  return {
    name,
    shared: false,
    async write(blocks) {
      try {
        for await (const block of blocks) await handle.appendFile(block);
        await handle.sync();
        await handle.close();
        await rename(temporary, target);
        present = false;
      } catch (error) {
        await handle.close().catch(() => {});
        throw unwritable(name, error);
      }
    },
    discard,
  };
}

function directOutput(name: string, handle: FileHandle): Output {
  return {
    name,
    shared: false,
    async write(blocks) {
      try {
        for await (const block of blocks) await handle.appendFile(block);
        await handle.close();
      } catch (error) {
        if (systemCode(error) !== 'EPIPE') throw unwritable(name, error);
      }
    },
    discard() {},
  };
}

/**
 * Standard output, as fast as its reader takes it: each block is written
 * before the next is made. A reader that has closed ends it quietly.
 */
export function streamOutput(stream: NodeJS.WritableStream): Output {
  return {
    name: 'standard output',
    shared: true,
    async write(blocks) {
      try {
        for await (const block of blocks) await writeBlock(stream, block);
      } catch (error) {
        if (isClosedPipe(error)) return;
        throw unwritable('standard output', error);
      }
    },
    discard() {},
  };
}

function writeBlock(stream: NodeJS.WritableStream, block: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(block, (error) => (error ? reject(error) : resolve()));
  });
}

/** Whether a write failed because its reader has gone. */
export function isClosedPipe(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(systemCode(error));
}

function unlessMissing(error: unknown): null {
  if (systemCode(error) === 'ENOENT') return null;
  throw error;
}

/** The error for a place that can't be written to, as a plain sentence. */
export function unwritable(name: string, cause: unknown): ImgjobError {
  const message = `can't write to ${showText(name)}: ${reasonOf(cause)}`;
  return new ImgjobError('output-unwritable', message, { cause });
}

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Text } from './output.ts';
import { syncFile } from './sync.ts';

const BLOCK_SIZE = 2 ** 20;

/** Opens a file that is there for writing, and leaves what it holds. */
export function openInPlace(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY);
}

/**
 * Writes a text over what a file holds. It is measured first, and room made
 * for it behind what is there: a full disk costs nothing of that. The first
 * byte comes last: a file that was cut off in between is not taken for whole,
 * though it may hold lines of two runs.
 */
export async function writeInPlace(path: string, text: Text, check: () => void): Promise<void> {
  const length = await lengthOf(text);
  const file = await openInPlace(path);
  try {
    await makeRoom(file, length);
    check();
    let first: number | undefined;
    let end = 0;
    for await (const block of await text()) {
      const bytes = Buffer.from(block);
      if (end === 0 && bytes.length > 0) {
        first = bytes[0];
        bytes[0] = 0;
      }
      await writeWhole(file, bytes, end);
      end += bytes.length;
    }
    await file.truncate(end);
    await syncFile(file);
    if (first !== undefined) await writeWhole(file, Buffer.of(first), 0);
    await syncFile(file);
  } finally {
    await file.close();
  }
}

async function lengthOf(text: Text): Promise<number> {
  let length = 0;
  for await (const block of await text()) length += Buffer.byteLength(block);
  return length;
}

/** Takes back what it made where there is not enough of it. */
async function makeRoom(file: FileHandle, length: number): Promise<void> {
  const { size } = await file.stat();
  const zeros = Buffer.alloc(Math.max(0, Math.min(BLOCK_SIZE, length - size)));
  try {
    for (let end = size; end < length; end += BLOCK_SIZE) {
      await writeWhole(file, zeros.subarray(0, length - end), end);
    }
    await syncFile(file);
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const rest = bytes.length - done;
    const { bytesWritten } = await file.write(bytes, done, rest, position + done);
    done += bytesWritten;
  }
}

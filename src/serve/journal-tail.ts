import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_LENGTH } from '../files/lines.ts';

const BLOCK_SIZE = 65_536;

export type TailLine = { bytes: Buffer /** Where the next line begins. */; next: number };

/** The whole lines of a file from an offset on, up to where it ends now; one block at a time is held. */
export async function* linesFrom(file: FileHandle, offset: number): AsyncGenerator<TailLine> {
  let position = offset;
  for (let size = BLOCK_SIZE; ; ) {
    const block = Buffer.allocUnsafe(size);
    const { bytesRead } = await file.read(block, 0, size, position);
    const read = block.subarray(0, bytesRead);
    let begin = 0;
    for (let end = read.indexOf(0x0a); end !== -1; end = read.indexOf(0x0a, begin)) {
      const bytes = read.subarray(begin, end);
      begin = end + 1;
      yield { bytes, next: position + begin };
    }
    position += begin;
    if (begin > 0) size = BLOCK_SIZE;
    else if (bytesRead < size || size > MAX_LINE_LENGTH) return;
    else size *= 2;
  }
}

/** Whether a line begins there. */
export async function isLineStart(file: FileHandle, offset: number): Promise<boolean> {
  if (offset === 0) return true;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, offset - 1);
  return bytesRead === 1 && buffer[0] === 0x0a;
}

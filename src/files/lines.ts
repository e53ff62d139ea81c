import type { Turns } from '../turns.ts';
import type { ReadableFile } from './readable-file.ts';

const BLOCK_SIZE = 2 ** 20;
/** Of the first block: most files are small, and there may be thousands. */
const FIRST_SIZE = 65_536;
/** The longest line that is read, in bytes. */
export const MAX_LINE_LENGTH = 256 * 2 ** 20;

export type Line = {
  /** Counted from 1. */
  number: number;
  /** Where the line begins in the file, in bytes. */
  offset: number;
  /** In bytes, without the newline. */
  length: number;
  /** Only good during the call, and what that answers; null where the line is too long. */
  bytes: Buffer | null;
  /** Whether a newline ends it; only a file's last line may have none. */
  terminated: boolean;
};

/** Where reading begins: a byte, and the number of the line that begins there. */
export type LineStart = { offset: number; number: number };

/**
 * Calls back for every line of a file, which is read in blocks of 1 MiB; no
 * more is held than the block and a line that goes on past it. A call is only
 * waited for where it answers a promise: awaiting a million lines one by one
 * would double the time. Where there are `turns`, they are kept between lines.
 */
export async function forEachLine(
  file: Pick<ReadableFile, 'read'>,
  onLine: (line: Line) => void | Promise<void>,
  start: LineStart = { offset: 0, number: 1 },
  turns: Turns | null = null,
): Promise<void> {
  let block = takeSpare();
  let { offset, number } = start;
  let begun: Buffer[] = [];
  let length = 0;

  const add = (piece: Buffer) => {
    length += piece.length;
    if (length <= MAX_LINE_LENGTH) begun.push(piece);
    else begun = [];
  };
  const end = (terminated: boolean) => {
    const bytes = length > MAX_LINE_LENGTH ? null : joined(begun, length);
    const called = onLine({ number, offset, length, bytes, terminated });
    number += 1;
    offset += length + 1;
    begun = [];
    length = 0;
    return called;
  };

  for (let position = offset; ; ) {
    const { bytesRead } = await file.read(block, 0, block.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const filled = block.subarray(0, bytesRead);
    let begin = 0;
    for (let newline = filled.indexOf(0x0a); newline !== -1; ) {
      add(filled.subarray(begin, newline));
      const called = end(true);
      if (called) await called;
      const pause = turns?.over();
      if (pause) await pause;
      begin = newline + 1;
      newline = filled.indexOf(0x0a, begin);
    }
    // The block is used again: what goes on past it needs bytes of its own.
    if (begin < bytesRead) add(Buffer.from(filled.subarray(begin)));
    if (bytesRead === FIRST_SIZE) block = Buffer.allocUnsafe(BLOCK_SIZE);
  }
  if (length > 0) await end(false);
  if (block.length === FIRST_SIZE) spare = block;
}

/** The first block of an earlier call; null while one is read into it. */
let spare: Buffer | null = null;

function takeSpare(): Buffer {
  const block = spare ?? Buffer.allocUnsafeSlow(FIRST_SIZE);
  spare = null;
  return block;
}

function joined(pieces: Buffer[], length: number): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces, length);
}

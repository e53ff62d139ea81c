import type { FileHandle } from 'node:fs/promises';

const BLOCK_SIZE = 2 ** 20;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** The longest line that is read, in bytes. */
export const MAX_LINE_LENGTH = 256 * 2 ** 20;

export type Line = {
  /** Counted from 1. */
  number: number;
  /** Where the line begins in the file, in bytes. */
  offset: number;
  /** Without the newline, and good during the call only; null where the line is too long. */
  bytes: Buffer | null;
};

/**
 * Calls back for every line of a file. Holds no more than a block of 1 MiB and
 * a line that goes on past it. The call is synchronous: to await each of a
 * million lines would take longer than to check them.
 */
export async function forEachLine(file: FileHandle, onLine: (line: Line) => void): Promise<void> {
  const gather = gatherLines(onLine);
  const block = Buffer.allocUnsafe(BLOCK_SIZE);
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(block, 0, BLOCK_SIZE, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    let rest = block.subarray(0, bytesRead);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      gather.end(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    gather.hold(rest);
  }
  gather.end(NOTHING);
}

/** Puts lines together from the pieces that blocks cut them into. */
function gatherLines(onLine: (line: Line) => void) {
  let number = 1;
  let offset = 0;
  let length = 0;
  let pieces: Buffer[] = [];
  return {
    /** The start or the middle of a line: copied, since the block is used again. */
    hold(bytes: Buffer): void {
      length += bytes.length;
      if (length > MAX_LINE_LENGTH) pieces = [];
      else if (bytes.length > 0) pieces.push(Buffer.from(bytes));
    },
    /** The end of a line, or all of it. */
    end(bytes: Buffer): void {
      length += bytes.length;
      const isWhole = pieces.length === 0;
      const line = isWhole ? bytes : Buffer.concat([...pieces, bytes], length);
      onLine({ number, offset, bytes: length > MAX_LINE_LENGTH ? null : line });
      number += 1;
      offset += length + 1;
      length = 0;
      pieces = [];
    },
  };
}

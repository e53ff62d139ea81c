import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/**
 * Small, and many: the lines of one store lie as far apart as there are others
 * beside it, and the next store's lie beside them. 4 MiB in all.
 */
const BLOCK_SIZE = 8192;
const MAX_BLOCKS = 512;

/** Reads lines of a file by where they begin; the file may grow meanwhile, but not change. */
export type LineReader = (offset: number) => string;

/**
 * The line that begins at an offset, without its newline. Synchronous: lines
 * are read by the hundred, mostly from memory, and a thread for each would
 * cost many times as much.
 */
export function createLineReader(file: Pick<FileHandle, 'fd'>): LineReader {
  const blockAt = createBlocks(file);
  return (offset) => {
    let number = Math.floor(offset / BLOCK_SIZE);
    let begin = offset % BLOCK_SIZE;
    const pieces: Buffer[] = [];
    for (; ; number += 1, begin = 0) {
      const block = blockAt(number);
      const newline = block.indexOf(0x0a, begin);
      pieces.push(block.subarray(begin, newline === -1 ? block.length : newline));
      if (newline !== -1 || block.length < BLOCK_SIZE) break;
    }
    return textOf(pieces);
  };
}

/** Reads parts of a file by where they begin and their length, both in bytes. */
export type SpanReader = (offset: number, length: number) => string;

/** The same for texts that end elsewhere than with a line. */
export function createSpanReader(file: Pick<FileHandle, 'fd'>): SpanReader {
  const blockAt = createBlocks(file);
  return (offset, length) => {
    let number = Math.floor(offset / BLOCK_SIZE);
    let begin = offset % BLOCK_SIZE;
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; number += 1, begin = 0) {
      const block = blockAt(number);
      const piece = block.subarray(begin, begin + left);
      pieces.push(piece);
      left -= piece.length;
      if (block.length < BLOCK_SIZE) break;
    }
    return textOf(pieces);
  };
}

function textOf(pieces: Buffer[]): string {
  const [only] = pieces;
  return (pieces.length === 1 && only ? only : Buffer.concat(pieces)).toString('utf8');
}

/** The blocks of a file by their number; those that were read last are kept. */
function createBlocks(file: Pick<FileHandle, 'fd'>): (number: number) => Buffer {
  // A map keeps the order of insertion: the first block is the one read longest ago.
  const blocks = new Map<number, Buffer>();
  return (number) => {
    const known = blocks.get(number);
    if (known) return known;
    const block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
    const length = readSync(file.fd, block, 0, BLOCK_SIZE, number * BLOCK_SIZE);
    // The last block may grow yet.
    if (length < BLOCK_SIZE) return block.subarray(0, length);
    blocks.set(number, block);
    const [oldest] = blocks.keys();
    if (blocks.size > MAX_BLOCKS && oldest !== undefined) blocks.delete(oldest);
    return block;
  };
}

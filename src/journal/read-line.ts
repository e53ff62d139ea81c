import { readSync } from 'node:fs';

// Longer than most lines: one read is enough.
const FIRST_READ = 2048;

/**
 * The line that begins at an offset, without its newline. Synchronous: lines
 * are read by the hundred, mostly from memory, and a thread for each would
 * cost ten times as much.
 */
export function readLine(fd: number, offset: number): string {
  for (let size = FIRST_READ; ; size *= 4) {
    const block = Buffer.allocUnsafe(size);
    const bytes = block.subarray(0, readSync(fd, block, 0, size, offset));
    const newline = bytes.indexOf(0x0a);
    if (newline !== -1) return bytes.toString('utf8', 0, newline);
    if (bytes.length < size) return bytes.toString('utf8');
  }
}

import { fstatSync, readSync, type Stats, writeSync } from 'node:fs';

/** The end of a file that is open for appending, where another process may append too. */
export type AppendPlace = {
  /**
   * Appends bytes and answers how many of others came before them since the
   * last time. A write goes to the end of the file wherever that is: it is
   * looked for, not believed.
   */
  append(bytes: Buffer): number;
  /** How the file stands; called before each append. */
  look(): LookedAt;
  /** Where bytes stand in the file that are the `offset`-th of those that this one has appended. */
  positionOf(offset: number): number;
};

/** What others have done to a file. */
export type LookedAt = {
  /** Whether it has no name any more. */
  isDeleted: boolean;
  /** Whether it is not as the last append left it: another process has written. */
  isForeign: boolean;
};

const NEWLINE = Buffer.from('\n');

export function createAppendPlace(fd: number, start: number): AppendPlace {
  /** The end of the file as it was left. */
  let end = start;
  /** From which offset on all stands so many bytes further behind. */
  const shifts: { from: number; by: number }[] = [];
  let appended = start;
  let shifted = 0;
  let before = start;

  /** Of what is no regular file nothing can be said. */
  function sizeOf(stats: Stats, otherwise: number): number {
    return stats.isFile() ? stats.size : otherwise;
  }

  function look(): LookedAt {
    const stats = fstatSync(fd);
    before = sizeOf(stats, end);
    return { isDeleted: stats.nlink === 0, isForeign: before !== end };
  }

  function append(bytes: Buffer): number {
    // What another has not ended would take the first line of these.
    if (before > end && readAt(before - 1, 1)[0] !== NEWLINE[0]) writeWhole(NEWLINE);
    writeWhole(bytes);
    const after = sizeOf(fstatSync(fd), end + bytes.length);
    const foreign = after - end - bytes.length;
    if (foreign !== 0) {
      const found = readAt(end, Math.max(0, after - end)).indexOf(bytes);
      shifted += found === -1 ? foreign : found;
      shifts.push({ from: appended, by: shifted });
      if (found !== -1 && found < foreign) shifted += foreign - found;
      shifts.push({ from: appended + bytes.length, by: shifted });
    }
    appended += bytes.length;
    end = after;
    return Math.max(0, foreign);
  }

  function writeWhole(bytes: Buffer): void {
    for (let begin = 0; begin < bytes.length; ) {
      begin += writeSync(fd, bytes, begin, bytes.length - begin);
    }
  }

  function readAt(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
  }

  return {
    ...{ append, look },
    positionOf(offset) {
      let by = 0;
      for (const shift of shifts) if (shift.from <= offset) by = shift.by;
      return offset + by;
    },
  };
}

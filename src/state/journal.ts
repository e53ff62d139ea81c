import { fstatSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ImgjobError, reasonOf } from '../errors.ts';
import { createLineReader } from '../files/line-reader.ts';
import { syncData } from '../files/sync.ts';
import type { JobEvent } from '../results/events.ts';
import { jsonLine } from '../terminal/prose.ts';
import { createAppendPlace, type LookedAt } from './append-place.ts';
import { MAX_SEAL_LENGTH, sealOf } from './journal-line.ts';

const FIRST_CAPACITY = 65_536;
/** UTF-8 takes at most three bytes for a unit of a string. */
const BYTES_PER_UNIT = 3;

/** The append-only file of one job's events. */
export type Journal = {
  /** Appends an event. */
  append(event: JobEvent): Appended;
  /** Makes every append from now on reject with this error: nothing more may be written. */
  refuse(error: ImgjobError): void;
  /** The line that begins at an offset, also one that could not be written. */
  line(offset: number): string;
  /** What stands at its path: itself, as it was left or written to by others; another file; or none. */
  standingAt(path: string): 'untouched' | 'changed' | 'another' | 'none';
  /** Waits for what is being written and closes the file. */
  close(): Promise<void>;
};

export type Appended = {
  /** Where the event's line begins, as `line` takes it. */
  offset: number;
  /**
   * Resolves when the operating system has the event (with `fsync`, when the
   * disk has it); rejects with `journal-unwritable`, then and for every event
   * after it.
   */
  kept: Promise<void>;
};

export type JournalOptions = {
  /** Named in errors. */
  job_id: string;
  /** Where the next line goes: the end of the file. */
  end: number;
  /** Each batch is brought to the disk before it counts: survives a power cut. */
  fsync: boolean;
  /** The command that goes on with the job, for errors. */
  resumeCommand: string;
  /** Asked before each write: why nothing may be written any more; null while this process has the job. */
  fence(file: LookedAt): ImgjobError | null;
  /** Called where another process has written so many bytes, which this one passes over. */
  onForeign(bytes: number): void;
};

/**
 * A journal over a file that is open for appending and reading. Events of one
 * turn of the event loop go out in one write: ten thousand stores cost one
 * call, not ten thousand. The write itself is synchronous, since handing a few
 * kilobytes to the system takes less time than handing them to a thread.
 */
export function createJournal(file: FileHandle, options: JournalOptions): Journal {
  /** What is not in the file yet, or never will be: it begins at offset `written`. */
  let buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  let used = 0;
  let written = options.end;
  let batch: Promise<void> | null = null;
  let writing: Promise<void> = Promise.resolve();
  let refusal: ImgjobError | null = null;
  const place = createAppendPlace(file.fd, options.end);
  const readLine = createLineReader(file);

  function append(event: JobEvent): Appended {
    const line = jsonLine(event);
    makeRoom(line.length * BYTES_PER_UNIT + MAX_SEAL_LENGTH);
    const offset = written + used;
    // Over its last brace, which comes again behind the checksum.
    const end = used + buffer.write(line, used) - 1;
    used = end + buffer.write(`${sealOf(buffer.subarray(used, end))}\n`, end, 'latin1');
    batch ??= startBatch(writing);
    return { offset, kept: batch };
  }

  function makeRoom(length: number): void {
    if (used + length <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (used + length));
    buffer.copy(larger, 0, 0, used);
    buffer = larger;
  }

  /** While the disk is waited for, the next batch gathers: one `fsync` for all that came meanwhile. */
  function startBatch(before: Promise<void>): Promise<void> {
    const started = nextTurn()
      .then(() => before)
      .then(write);
    // Not every append is awaited; the next one that is learns of it.
    started.catch(() => {});
    writing = started;
    return started;
  }

  async function write(): Promise<void> {
    batch = null;
    refusal ??= options.fence(place.look());
    if (refusal) throw refusal;
    try {
      const foreign = place.append(buffer.subarray(0, used));
      written += used;
      used = 0;
      if (foreign > 0) options.onForeign(foreign);
      if (options.fsync) await syncData(file);
    } catch (error) {
      refusal = unwritable(options, error, written > 0);
      throw refusal;
    }
  }

  return {
    append,
    refuse(error) {
      refusal ??= error;
    },
    line(offset) {
      if (offset < written) return readLine(place.positionOf(offset));
      const begin = offset - written;
      return buffer.toString('utf8', begin, buffer.indexOf(0x0a, begin));
    },
    standingAt(path) {
      const there = statSync(path, { throwIfNoEntry: false });
      if (!there) return 'none';
      const own = fstatSync(file.fd);
      if (there.ino !== own.ino || there.dev !== own.dev) return 'another';
      return place.look().isForeign ? 'changed' : 'untouched';
    },
    async close() {
      await writing.catch(() => {});
      await file.close();
    },
  };
}

function unwritable(
  { job_id, resumeCommand }: JournalOptions,
  cause: unknown,
  isStarted: boolean,
): ImgjobError {
  const message = `can't write the journal of ${job_id}: ${reasonOf(cause)}`;
  const hint = isStarted
    ? `What is in the journal stays. Go on later with: ${resumeCommand}`
    : 'Nothing was started.';
  return new ImgjobError('journal-unwritable', message, { cause, hint });
}

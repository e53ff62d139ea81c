import type { FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ImgjobError, reasonOf } from '../errors.ts';
import type { JobEvent } from '../job/events.ts';
import { jsonLine } from '../prose.ts';
import { readLine } from './read-line.ts';

/** The append-only file of one job's events. */
export type Journal = {
  /**
   * Appends an event. Resolves when the operating system has it (with `fsync`,
   * when the disk has it); rejects with `journal-unwritable`, then and for
   * every event after it.
   */
  append(event: JobEvent): Promise<void>;
  /** Makes every append from now on reject with this error: nothing more may be written. */
  refuse(error: ImgjobError): void;
  /** Where the line of the last appended event begins. */
  at(): number;
  /** The line that begins at an offset, also one that could not be written. */
  line(offset: number): string;
  /** Waits for what is being written and closes the file. */
  close(): Promise<void>;
};

export type JournalOptions = {
  /** Named in errors. */
  job_id: string;
  /** Where the next line goes: the end of the file. */
  end: number;
  /** Each write is brought to the disk before it counts: survives a power cut. */
  fsync: boolean;
};

type Pending = { offset: number; line: string };

/**
 * A journal over a file that is open for appending and reading. Events of one
 * turn of the event loop, and those that come while a write is under way, go
 * out in one write: ten thousand stores cost one call, not ten thousand.
 */
export function createJournal(file: FileHandle, { job_id, end, fsync }: JournalOptions): Journal {
  let next = end;
  let last = end;
  let gathered: Pending[] = [];
  let batch: Promise<void> | null = null;
  let writing: Promise<void> = Promise.resolve();
  /** What is not in the file yet, or never will be. */
  let unwritten: Pending[] = [];
  let refusal: ImgjobError | null = null;

  function append(event: JobEvent): Promise<void> {
    const line = `${jsonLine(event)}\n`;
    last = next;
    next += Buffer.byteLength(line);
    const pending = { offset: last, line };
    gathered.push(pending);
    unwritten.push(pending);
    batch ??= startBatch();
    return batch;
  }

  function startBatch(): Promise<void> {
    const before = writing;
    const started = (async () => {
      await Promise.all([before, nextTurn()]);
      const lines = gathered;
      gathered = [];
      batch = null;
      await writeAll(lines);
      unwritten = unwritten.slice(lines.length);
    })();
    // Not every append is awaited; the next one that is learns of it.
    started.catch(() => {});
    writing = started;
    return started;
  }

  async function writeAll(lines: Pending[]): Promise<void> {
    if (refusal) throw refusal;
    const bytes = Buffer.from(lines.map(({ line }) => line).join(''));
    try {
      for (let written = 0; written < bytes.length; ) {
        written += (await file.write(bytes, written)).bytesWritten;
      }
      if (fsync) await file.datasync();
    } catch (error) {
      throw unwritable(job_id, error);
    }
  }

  return {
    append,
    refuse(error) {
      refusal ??= error;
    },
    at: () => last,
    line: (offset) =>
      unwritten.find((pending) => pending.offset === offset)?.line ?? readLine(file.fd, offset),
    async close() {
      await writing.catch(() => {});
      await file.close();
    },
  };
}

function unwritable(job_id: string, cause: unknown): ImgjobError {
  return new ImgjobError(
    'journal-unwritable',
    `can't write the journal of ${job_id}: ${reasonOf(cause)}`,
    { cause, hint: `What has finished is kept. Go on later with: imgjob resume ${job_id}` },
  );
}

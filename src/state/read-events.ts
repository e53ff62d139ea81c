import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { ImgjobError } from '../errors.ts';
import { createLineReader } from '../files/line-reader.ts';
import { forEachLine, type LineStart } from '../files/lines.ts';
import type { JobEvent } from '../results/events.ts';
import { parseEvent, parseJsonLine } from './parse-event.ts';

export type JobStarted = Extract<JobEvent, { type: 'job_started' }>;

/** What a journal holds besides its events. */
export type JournalEnd = {
  /** Where the next line begins. */
  next: LineStart;
  /** Numbers of the lines that hold no event. */
  damaged: number[];
  /** A last line that no newline ends: its event where it is whole, null where it is torn. */
  tail: { event: JobEvent | null } | null;
};

const versionSchema = z.looseObject({
  type: z.literal('job_started'),
  schema_version: z.unknown(),
});

/**
 * Reads a journal line by line; no more than a line is held. `onEvent` answers
 * whether an event makes sense: one that does not counts as damaged. The
 * journal must begin with `job_started` of a version that is known, or this
 * throws `journal-unreadable`. Answers null where no job was ever started.
 */
export async function readEvents(
  file: FileHandle,
  onEvent: (event: JobEvent, offset: number) => boolean,
  start: LineStart = { offset: 0, number: 1 },
): Promise<JournalEnd | null> {
  const end: JournalEnd = { next: start, damaged: [], tail: null };
  await forEachLine(
    file,
    (line) => {
      const text = line.bytes?.toString('utf8') ?? '';
      const event = line.number === 1 && line.terminated ? parseFirst(text) : parseEvent(text);
      if (!line.terminated) {
        end.tail = { event };
        return;
      }
      end.next = { offset: line.offset + line.length + 1, number: line.number + 1 };
      if (!event || !onEvent(event, line.offset)) end.damaged.push(line.number);
    },
    start,
  );
  return end.next.number === 1 ? null : end;
}

/** How a job was started, by its journal's first line alone; null where it never was. */
export async function readStart(file: FileHandle): Promise<JobStarted | null> {
  const line = createLineReader(file)(0);
  const { size } = await file.stat();
  return size > Buffer.byteLength(line) ? parseFirst(line) : null;
}

/** The event of a journal's first line; throws `journal-unreadable` where it is not what it must be. */
export function parseFirst(line: string): JobStarted {
  const event = parseEvent(line);
  if (event?.type === 'job_started') return event;
  const other = versionSchema.safeParse(parseJsonLine(line));
  if (other.success && other.data.schema_version !== 1) {
    const version = JSON.stringify(other.data.schema_version);
    throw unreadable(`its version is ${version}, this imgjob knows version 1`);
  }
  throw unreadable('line 1 is damaged');
}

function unreadable(why: string): ImgjobError {
  return new ImgjobError('journal-unreadable', `can't read the journal: ${why}`);
}

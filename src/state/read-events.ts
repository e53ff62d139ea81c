import { z } from 'zod';
import { ImgjobError } from '../errors.ts';
import { forEachLine, type LineStart } from '../files/lines.ts';
import type { ReadableFile } from '../files/readable-file.ts';
import type { JobEvent } from '../results/events.ts';
import type { Turns } from '../turns.ts';
import { type ParsedLine, parseJsonLine, parseLine, unseal } from './journal-line.ts';

export type JobStarted = Extract<JobEvent, { type: 'job_started' }>;

/** Where the next line begins, and whether lines had checksums: then those that follow must have one. */
type ReadStart = LineStart & { sealed: boolean };

/** What a journal holds besides its events. */
export type JournalEnd = {
  next: ReadStart;
  /** Numbers of the lines that hold no event. */
  damaged: number[];
  /** A last line that no newline ends: its event where it is whole, null where it is torn. */
  tail: { event: JobEvent | null } | null;
};

/** A line of a journal besides its event. */
export type EventLine = {
  number: number;
  /** Where it begins. */
  offset: number;
  /** Whether a checksum vouches for it. */
  sealed: boolean;
};

/** Answers whether an event makes sense: one that does not counts as damaged. */
type OnEvent = (event: JobEvent, line: EventLine) => boolean | Promise<boolean>;

const START: ReadStart = { offset: 0, number: 1, sealed: false };

const versionSchema = z.looseObject({
  type: z.literal('job_started'),
  schema_version: z.unknown(),
});

/**
 * Reads a journal line by line; no more than a line is held. The journal must
 * begin with `job_started` of a version that is known, or this throws
 * `journal-unreadable`. Answers null where no job was ever started.
 */
export async function readEvents(
  file: Pick<ReadableFile, 'read'>,
  onEvent: OnEvent,
  start: ReadStart = START,
  turns: Turns | null = null,
): Promise<JournalEnd | null> {
  if (start.number === 1 && !(await readStart(file))) return null;
  const end: JournalEnd = { next: start, damaged: [], tail: null };
  const check = (number: number, makesSense: boolean) => {
    if (!makesSense) end.damaged.push(number);
  };
  await forEachLine(
    file,
    ({ number, offset, length, bytes, terminated }) => {
      const { event, sealed } = parseNext(bytes, end.next.sealed);
      if (!terminated) {
        end.tail = { event };
        return undefined;
      }
      end.next = { offset: offset + length + 1, number: number + 1, sealed };
      const answer = event ? onEvent(event, { number, offset, sealed }) : false;
      if (typeof answer !== 'boolean') return answer.then((answered) => check(number, answered));
      return check(number, answer);
    },
    start,
    turns,
  );
  return end;
}

/** A line's event: none where it has no checksum, but one before it had. */
function parseNext(bytes: Buffer | null, mustBeSealed: boolean): ParsedLine {
  const line = bytes ? parseLine(bytes) : { event: null, sealed: false };
  if (!mustBeSealed) return line;
  return { event: line.sealed ? line.event : null, sealed: true };
}

/** Longer than any first line can be: its options have bounds. */
const MAX_FIRST_LINE = 16 * 2 ** 20;
const FIRST_READ = 4096;

/**
 * How a job was started, by its journal's first line alone; null where it
 * never was: without a whole first line nothing has begun. Throws
 * `journal-unreadable` for a first line that is another one.
 */
export async function readStart(file: Pick<ReadableFile, 'read'>): Promise<JobStarted | null> {
  const line = await readFirstLine(file);
  return line && parseFirst(line);
}

/** The first line of a journal, without its newline; null where there is no whole one. */
export async function readFirstLine(file: Pick<ReadableFile, 'read'>): Promise<Buffer | null> {
  for (let size = FIRST_READ; ; size *= 16) {
    const buffer = Buffer.allocUnsafe(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    const read = buffer.subarray(0, bytesRead);
    const end = read.indexOf(0x0a);
    // A newline alone is what earlier versions left when they were killed as they began.
    if (end === 0 && bytesRead === 1) return null;
    if (end !== -1) return read.subarray(0, end);
    if (bytesRead < size) return null;
    if (size >= MAX_FIRST_LINE) throw unreadable('line 1 is damaged');
  }
}

/** Throws `journal-unreadable` for another line than that of a start. */
export function parseFirst(line: Buffer): JobStarted {
  const { event } = parseLine(line);
  if (event?.type === 'job_started') return event;
  const { json } = unseal(line);
  const other = versionSchema.safeParse(json === null ? undefined : parseJsonLine(json));
  if (other.success && other.data.schema_version !== 1) {
    const version = JSON.stringify(other.data.schema_version);
    throw unreadable(`its version is ${version}, this imgjob knows version 1`);
  }
  throw unreadable('line 1 is damaged');
}

function unreadable(why: string): ImgjobError {
  return new ImgjobError('journal-unreadable', `can't read the journal: ${why}`);
}

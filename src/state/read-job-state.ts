import { createLineReader } from '../files/line-reader.ts';
import { forEachLine, type Line } from '../files/lines.ts';
import type { ReadableFile } from '../files/readable-file.ts';
import { createJobState, type JobState } from '../results/job-state.ts';
import { isUsualStart, type StartHead } from '../results/usual-result.ts';
import { assumeDelivered } from './assume-delivered.ts';
import { parseJsonLine, parseLine, unseal } from './journal-line.ts';
import { type JobStarted, parseFirst, readFirstLine } from './read-events.ts';

/** How a job stands as a whole, without its stores. */
export type ReadJobState = Pick<JobStarted, 'job_id' | 'stores' | 'images'> &
  Pick<JobState, 'status' | 'times' | 'delivered' | 'stopped_by'> & {
    /** Whether a line does not look like an event: then only the whole journal can tell. */
    damaged: boolean;
  };

/** Every line begins with its time and type; this is how those look that say how a job stands. */
const EVENT = Buffer.from('","type":"');
const JOB_EVENT = Buffer.from('","type":"job_');
const RESULTS_EVENT = Buffer.from('","type":"results_');
const BRACE = 0x7d;
const TYPE_AT = '{"t":"2026-11-24T09:30:00.000Z'.length;

/**
 * Reads how a job stands from its `job_` events and the time of its last one:
 * the other lines are only counted over, so that a list of large jobs is
 * quick. Null where no job was ever started; throws `journal-unreadable`.
 */
export async function readJobState(file: ReadableFile): Promise<ReadJobState | null> {
  const line = await readFirstLine(file);
  if (!line) return null;
  const started = headOf(line) ?? parseFirst(line);
  const jobState = createJobState();
  const readLine = createLineReader(file);
  /** Where the last line stands; null where that is one of a `job_` event, which has told its time. */
  let last: number | null = null;
  let damaged = false;
  /** A span that was killed ends with its last event, whatever that was. */
  const passTime = () => {
    const event = last === null ? null : parseLine(Buffer.from(readLine(last))).event;
    if (event) jobState.apply(event);
  };
  jobState.apply(started);
  const onLine = ({ offset, bytes, terminated }: Line) => {
    if (!terminated || !bytes) return;
    damaged ||= !looksWhole(bytes);
    if (!hasAtType(bytes, JOB_EVENT) && !hasAtType(bytes, RESULTS_EVENT)) {
      last = offset;
      return;
    }
    const { event, sealed } = parseLine(bytes);
    damaged ||= event === null;
    if (event?.type === 'job_resumed') passTime();
    if (event) jobState.apply(event);
    if (event?.type === 'job_finished' && !sealed) jobState.apply(assumeDelivered(event));
    last = null;
  };
  await forEachLine(file, onLine, { offset: line.length + 1, number: 2 });
  passTime();
  const { job_id, stores, images } = started;
  const { status, times, delivered, stopped_by } = jobState;
  return { job_id, stores, images, status, times, delivered, stopped_by, damaged };
}

/**
 * What a list shows of a start. To check its options as well takes a list a
 * quarter longer (measured), and nobody asks it for them. Null where the line
 * is not as it is written.
 */
function headOf(line: Buffer): StartHead | null {
  const { json } = unseal(line);
  const value = json === null ? undefined : parseJsonLine(json);
  return isUsualStart(value) ? value : null;
}

/** Without parsing it: begins and ends as an event does. */
function looksWhole(line: Buffer): boolean {
  return hasAtType(line, EVENT) && line.at(-1) === BRACE;
}

function hasAtType(line: Buffer, text: Buffer): boolean {
  // Byte by byte: a call for each line out of JavaScript takes longer.
  for (let index = 0; index < text.length; index += 1) {
    if (line[TYPE_AT + index] !== text[index]) return false;
  }
  return true;
}

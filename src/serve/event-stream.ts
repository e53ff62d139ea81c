import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Snapshot } from '../results/snapshot.ts';
import type { JobRecord } from '../service/job-record.ts';
import { unseal } from '../state/journal-line.ts';
import { filesOf } from '../state/state-folder.ts';
import { jsonLine } from '../terminal/prose.ts';
import { isLineStart, linesFrom } from './journal-tail.ts';

/** So often it is looked for more events. */
const LOOK_MS = 200;
/** How the job goes on is told so often at most. */
const SNAPSHOT_MS = 1000;
/** A connection on which nothing comes for long is taken for dead by what lies between. */
const ALIVE_MS = 15_000;
/** Many events are one write. */
const BLOCK_LENGTH = 16_384;

/** The journal of a job as server-sent events (WHATWG HTML, 9.2). */
export type JobEventStream = { texts: AsyncIterable<string>; close(): Promise<void> };

export type EventStreamOptions = {
  /** The id of the last event that was received; null for all. */
  lastId: string | null;
  /** Whether the job may have more events. */
  isLive(): boolean;
  /** Whether the client has gone. */
  isGone(): boolean;
  /** How it goes on; null while it does not run. */
  snapshot(): Snapshot | null;
};

/**
 * The events of a job's last run, from its journal: nothing is held for a
 * client that does not read, and one that comes again goes on where it was.
 * An event's id says the run and where the next one begins. Null where the
 * client has had all of a job at rest.
 */
export async function openEventStream(
  state: string,
  record: JobRecord,
  options: EventStreamOptions,
): Promise<JobEventStream | null> {
  const file = await open(filesOf(state, record.job_id).journal);
  const close = () => file.close();
  try {
    const begin = await startOf(file, record, options.lastId);
    const { size } = await file.stat();
    if (options.lastId !== null && begin === size && !options.isLive()) {
      await close();
      return null;
    }
    return { texts: eventTexts(file, begin, { ...options, run: runOf(record) }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells two runs of one job apart. */
function runOf({ at }: JobRecord): string {
  return at.toString(36);
}

/** Behind the last event that was received; the beginning where that is of another run, or none of ours. */
async function startOf(file: FileHandle, record: JobRecord, lastId: string | null) {
  const [, run, offset = ''] = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastId ?? '') ?? [];
  if (run !== runOf(record) || !(await isLineStart(file, Number(offset)))) return 0;
  return Number(offset);
}

async function* eventTexts(
  file: FileHandle,
  begin: number,
  { run, isLive, snapshot, isGone }: EventStreamOptions & { run: string },
): AsyncGenerator<string> {
  let offset = begin;
  let told = Number.NEGATIVE_INFINITY;
  let said = performance.now();
  for (;;) {
    // In this order nothing is missed of a job that ends meanwhile.
    const mayGoOn = isLive();
    let block = '';
    for await (const { bytes, next } of linesFrom(file, offset)) {
      offset = next;
      const { json } = unseal(bytes);
      if (json !== null) block += `id: ${run}-${next}\ndata: ${json}\n\n`;
      if (block.length < BLOCK_LENGTH) continue;
      yield block;
      block = '';
    }
    const now = performance.now();
    const look = now - told >= SNAPSHOT_MS || !mayGoOn ? snapshot() : null;
    if (look) {
      told = now;
      block += `event: snapshot\ndata: ${jsonLine(look)}\n\n`;
    }
    if (block === '' && now - said >= ALIVE_MS) block = ': alive\n\n';
    if (block !== '') {
      said = now;
      yield block;
    }
    if (!mayGoOn || isGone()) return;
    await delay(LOOK_MS);
  }
}

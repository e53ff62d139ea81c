import { appendFileSync, renameSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { forEachLine, type Line } from '../files/lines.ts';
import { type JobFiles, listJobs } from '../state/state-folder.ts';
import { jsonValue } from '../syntax/json-value.ts';
import type { Log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { jsonLine } from '../terminal/prose.ts';
import { createTurns, type Turns } from '../turns.ts';
import { createJobIndex, type JobIndex } from './job-index.ts';
import { type JobRecord, jobRecordSchema, journalBytes, readRecord } from './job-record.ts';

/** So many journals are looked at at once. */
const AT_ONCE = 32;
const BLOCK_LINES = 1000;

/** A file of fewer lines is never too long. */
const FEW_LINES = 1000;

export type IndexFileOptions = {
  log: Log;
  /** Aborted to give up while journals are read (`stopped`). */
  signal: AbortSignal;
  /** What takes longer is told of, in milliseconds; a second unless it is said. */
  long_ms?: number;
};

/** A job index that is kept in a file; `settled` resolves when that is not being made anew. */
export type KeptJobIndex = JobIndex & { settled(): Promise<void> };

/**
 * The index of a state folder. It is kept in a file, a line for each change,
 * so that a start needs no journal to be read; the journals are the truth: of
 * each job whose journal has another length than the file says, and of all
 * where the file is lost, they are read. That it can't be written costs the
 * next start time, and is only said. When it has grown to more than two lines
 * a job, it is made anew.
 */
export async function openJobIndex(
  state: string,
  { log, signal, long_ms = 1000 }: IndexFileOptions,
): Promise<KeptJobIndex> {
  const path = join(state, 'index.ndjson');
  const turns = createTurns(signal);
  const known = await readIndexFile(path, turns);
  const records = await reconcile(state, known, { log, turns, long_ms });
  await writeLines(`${path}.new`, records)
    .then(() => rename(`${path}.new`, path))
    .catch(warn);
  const index = createJobIndex((job_id, record) => {
    if (isOpen) append(`${jsonLine(record ?? { job_id, removed: true })}\n`);
  });
  let isOpen = false;
  for (const record of records) index.put(record);
  isOpen = true;
  let lines = records.length;
  /** What has changed since it is being made anew; null while it is not. */
  let changes: string[] | null = null;
  let settled = Promise.resolve();

  function append(line: string): void {
    changes?.push(line);
    try {
      appendFileSync(path, line, { mode: 0o600 });
      lines += 1;
    } catch (error) {
      warn(error);
    }
    if (changes || lines <= FEW_LINES || lines <= 2 * index.all().length) return;
    settled = makeAnew().catch(warn);
  }

  /** Changes go to the file that is there, until the new one has them too and takes its place. */
  async function makeAnew(): Promise<void> {
    const since: string[] = [];
    changes = since;
    // Where it fails, it is tried again after as many lines.
    lines = 0;
    try {
      const all = [...index.all()];
      await writeLines(`${path}.new`, all);
      appendFileSync(`${path}.new`, since.join(''));
      renameSync(`${path}.new`, path);
      lines = all.length + since.length;
    } finally {
      changes = null;
    }
  }

  function warn(error: unknown): void {
    log(`warning: can't write the index of jobs: ${messageOf(error)}`);
  }

  return { ...index, settled: () => settled };
}

/** The last line of a job counts; what can't be read is passed over. */
async function readIndexFile(path: string, turns: Turns): Promise<Map<string, JobRecord>> {
  const known = new Map<string, JobRecord>();
  const file = await open(path).catch(() => null);
  if (!file) return known;
  try {
    const onLine = ({ bytes }: Line) => {
      const value = bytes && jsonValue(bytes.toString('utf8'));
      const record = jobRecordSchema.safeParse(value);
      if (record.success) known.set(record.data.job_id, record.data);
      else if (isRemoval(value)) known.delete(value.job_id);
    };
    await forEachLine(file, onLine, undefined, turns);
  } finally {
    await file.close();
  }
  return known;
}

function isRemoval(value: unknown): value is { job_id: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'removed' in value && 'job_id' in value && typeof value.job_id === 'string';
}

/** The jobs that are there, the oldest first: as they are known, or read. */
async function reconcile(
  state: string,
  known: Map<string, JobRecord>,
  { log, turns, long_ms }: { log: Log; turns: Turns; long_ms: number },
): Promise<JobRecord[]> {
  const records: JobRecord[] = [];
  const unknown: JobFiles[] = [];
  for (const files of await listJobs(state)) {
    await turns.over();
    const record = known.get(basename(files.folder));
    if (record?.journal_bytes === journalBytes(files)) records.push(record);
    else unknown.push(files);
  }
  const begun = performance.now();
  let isTold = false;
  const left = unknown[Symbol.iterator]();
  const read = async () => {
    for (const files of left) {
      await turns.over();
      if (!isTold && performance.now() - begun >= long_ms) {
        isTold = true;
        log(`reading ${formatCounted(unknown.length, 'journal')}, which the index does not have`);
      }
      const record = await readRecord(files).catch((error: unknown) => {
        log(`warning: ${messageOf(error)}`);
        return null;
      });
      if (record) records.push(record);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  return records.sort((a, b) => a.at - b.at);
}

/** All of them, to a file of their own. */
async function writeLines(path: string, records: JobRecord[]): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (let begin = 0; begin < records.length; begin += BLOCK_LINES) {
      const lines = records.slice(begin, begin + BLOCK_LINES).map((one) => `${jsonLine(one)}\n`);
      await file.appendFile(lines.join(''));
    }
  } catch (error) {
    // The disk may be full.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

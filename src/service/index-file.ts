import { appendFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { forEachLine } from '../files/lines.ts';
import { listJobs } from '../state/state-folder.ts';
import type { Log } from '../terminal/log.ts';
import { jsonLine } from '../terminal/prose.ts';
import { createJobIndex, type JobIndex } from './job-index.ts';
import { type JobRecord, jobRecordSchema, journalBytes, readRecord } from './job-record.ts';

/** So many journals are looked at at once. */
const AT_ONCE = 32;
const BLOCK_LINES = 1000;

/**
 * The index of a state folder. It is kept in a file, a line for each change,
 * so that a start needs no journal to be read; the journals are the truth: of
 * each job whose journal has another length than the file says, and of all
 * where the file is lost, they are read. That it can't be written costs the
 * next start time, and is only said.
 */
export async function openJobIndex(state: string, log: Log): Promise<JobIndex> {
  const path = join(state, 'index.ndjson');
  const records = await reconcile(state, await readIndexFile(path), log);
  await writeIndexFile(path, records).catch((error: unknown) => warn(error));
  const index = createJobIndex((job_id, record) => {
    if (!isOpen) return;
    try {
      const line = record ?? { job_id, removed: true };
      appendFileSync(path, `${jsonLine(line)}\n`, { mode: 0o600 });
    } catch (error) {
      warn(error);
    }
  });
  let isOpen = false;
  for (const record of records) index.put(record);
  isOpen = true;
  return index;

  function warn(error: unknown): void {
    log(`warning: can't write the index of jobs: ${messageOf(error)}`);
  }
}

/** The last line of a job counts; what can't be read is passed over. */
async function readIndexFile(path: string): Promise<Map<string, JobRecord>> {
  const known = new Map<string, JobRecord>();
  const file = await open(path).catch(() => null);
  if (!file) return known;
  try {
    await forEachLine(file, ({ bytes }) => {
      const value = bytes && parsed(bytes);
      const record = jobRecordSchema.safeParse(value);
      if (record.success) known.set(record.data.job_id, record.data);
      else if (isRemoval(value)) known.delete(value.job_id);
    });
  } finally {
    await file.close();
  }
  return known;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function isRemoval(value: unknown): value is { job_id: string } {
  if (typeof value !== 'object' || value === null) return false;
  return 'removed' in value && 'job_id' in value && typeof value.job_id === 'string';
}

/** The jobs that are there, the oldest first: as they are known, or read. */
async function reconcile(
  state: string,
  known: Map<string, JobRecord>,
  log: Log,
): Promise<JobRecord[]> {
  const left = (await listJobs(state))[Symbol.iterator]();
  const records: JobRecord[] = [];
  const look = async () => {
    for (const files of left) {
      const record = known.get(basename(files.folder));
      try {
        const isSame = record?.journal_bytes === journalBytes(files);
        const found = record && isSame ? record : await readRecord(files);
        if (found) records.push(found);
      } catch (error) {
        log(`warning: ${messageOf(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return records.sort((a, b) => a.at - b.at);
}

/** Anew and whole: without what has changed since. */
async function writeIndexFile(path: string, records: JobRecord[]): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    for (let begin = 0; begin < records.length; begin += BLOCK_LINES) {
      const lines = records.slice(begin, begin + BLOCK_LINES).map((one) => `${jsonLine(one)}\n`);
      await file.appendFile(lines.join(''));
    }
  } finally {
    await file.close();
  }
  await rename(temporary, path).catch(async (error: unknown) => {
    await rm(temporary, { force: true });
    throw error;
  });
}

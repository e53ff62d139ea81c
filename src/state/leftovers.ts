import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isRunning } from '../process-identity.ts';
import { HEIR, heirsOf, LOCK_TOKEN } from './lock-file.ts';
import { type JobFiles, NEW_ENDING, REMOVED } from './state-folder.ts';

/** What takes moments in a process that lives is a dead one's after so long. */
const LEFT_MS = 60_000;

/**
 * Removes what killed processes have left in a state folder: jobs that were
 * half removed, and the files of locks that were being taken. What can't be
 * removed stays for the next time.
 */
export async function sweepLeftovers(state: string): Promise<void> {
  const jobs = join(state, 'jobs');
  for (const name of await namesIn(jobs)) {
    if (name.startsWith(REMOVED)) await remove(join(jobs, name));
  }
  const locks = join(state, 'locks');
  for (const name of await namesIn(locks)) {
    const path = join(locks, name);
    if (LOCK_TOKEN.test(name) && (await isLeft(path))) await remove(path);
    const [, lock] = HEIR.exec(name) ?? [];
    if (lock === undefined || !(await isOld(path))) continue;
    // An heir that no lock leads to any more can't come to anything.
    const heirs = await heirsOf(join(locks, lock));
    if (!heirs.includes(path)) await remove(path);
  }
}

/** Whether nobody will go on with it: its maker is dead, or has had far more time than it takes. */
async function isLeft(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // Most folders hold none, and the schema takes its time to load.
  const { parseRecord } = await import('./lock-record.ts');
  const record = parseRecord(text);
  return (record !== null && (await isRunning(record)) === false) || isOld(path);
}

/** Whether a job's folder holds something that its own next claim would sweep, or was never more than begun. */
export async function hasLeftovers({ folder, journal }: JobFiles): Promise<boolean> {
  const names = await namesIn(folder);
  return !names.includes(basename(journal)) || names.some((name) => name.endsWith(NEW_ENDING));
}

/** Removes what a run that was killed as it began has left in its job's folder; only its lock's holder may. */
export async function sweepJobFolder(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (name.endsWith(NEW_ENDING)) await remove(join(folder, name));
  }
}

const namesIn = (folder: string) => readdir(folder).catch((): string[] => []);

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true }).catch(() => {});
}

function isOld(path: string): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Math.abs(Date.now() - mtimeMs) > LEFT_MS,
    () => false,
  );
}

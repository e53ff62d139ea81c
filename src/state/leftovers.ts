import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HEIR, heirsOf, LOCK_TOKEN } from './lock-file.ts';
import { NEW_ENDING, REMOVED } from './state-folder.ts';

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
    if (LOCK_TOKEN.test(name) && (await isOld(path))) await remove(path);
    const [, lock] = HEIR.exec(name) ?? [];
    if (lock === undefined || !(await isOld(path))) continue;
    // An heir that no lock leads to any more can't come to anything.
    const heirs = await heirsOf(join(locks, lock));
    if (!heirs.includes(path)) await remove(path);
  }
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

import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { systemCode } from '../errors.ts';
import { isRunning } from '../process-identity.ts';

/** A process that can't be asked is dead when its lock has not been written to for so long. */
const STALE_MS = 30_000;
/** Two heartbeats. */
const FUTURE_MS = 10_000;

/** The name of a file of which a lock is made, and that of a dead lock's heir, with the lock's own. */
export const LOCK_TOKEN = /\.lock\.[0-9a-f]{16}$/;
export const HEIR = /^(.+\.lock)\.heir-of-/;

/** Who holds a lock. */
export type LockHolder = { pid: number; host: string };

/** A lock that is held. */
export type HeldLock = {
  /** Null where its file does not say. */
  holder: LockHolder | null;
  file: string;
  /** In how many milliseconds it is free if its holder is dead; null where its holder is known to live. */
  free_in_ms: number | null;
};

/** A live lock; or the names of the heirs of a dead one, the last of which is free. */
export type FoundLock = HeldLock | { heirs: string[] };

/** Whoever holds the lock and lives; null where nobody does. */
export async function readHolder(path: string): Promise<LockHolder | null> {
  const found = await findHolder(path, () => timeOfFileSystem(path));
  return 'holder' in found ? found.holder : null;
}

/**
 * Looks for a live holder: in the lock's own file, then in its heirs'. `now`
 * answers milliseconds since 1970 by the clock of the file system; it is asked
 * only where a holder's process can't be.
 */
export async function findHolder(path: string, now: () => Promise<number>): Promise<FoundLock> {
  const heirs: string[] = [];
  for (let file = path; ; ) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return { heirs };
    // Most jobs meet no lock, and the schema takes its time to load.
    const { parseRecord } = await import('./lock-record.ts');
    const record = parseRecord(text);
    const runs = record && (await isRunning(record));
    const holder = record && { pid: record.pid, host: record.host };
    if (runs) return { holder, file, free_in_ms: null };
    // Of another machine or container; not a lock of ours; or one that is just being written.
    const free_in_ms = runs === null ? await freeIn(file, now) : 0;
    if (free_in_ms > 0) return { holder, file, free_in_ms };
    file = heirPath(path, record?.token);
    // Tokens are made once: only a file written by hand can be its own heir.
    if (heirs.includes(file)) return { holder: null, file, free_in_ms: null };
    heirs.push(file);
  }
}

/**
 * How long a lock holds that is not written to. One whose time lies in the
 * future is dead: whoever lives writes to it soon after a clock was set.
 */
async function freeIn(file: string, now: () => Promise<number>): Promise<number> {
  const age_ms = await timeOf(file).then(
    async (time) => (await now()) - time,
    () => Number.POSITIVE_INFINITY,
  );
  return age_ms > -FUTURE_MS && age_ms < STALE_MS ? STALE_MS - Math.max(0, age_ms) : 0;
}

const heirPath = (path: string, token = 'unknown') => `${path}.heir-of-${token}`;

/** The files of a lock's heirs, dead or alive: that of its own token, that of the heir's, and so on. */
export async function heirsOf(path: string): Promise<string[]> {
  const { parseRecord } = await import('./lock-record.ts');
  const heirs: string[] = [];
  for (let file = path; ; ) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return heirs;
    file = heirPath(path, parseRecord(text)?.token);
    if (heirs.includes(file)) return heirs;
    heirs.push(file);
  }
}

/** When a file was last written to, in milliseconds since 1970. */
export async function timeOf(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

/** The time where a lock lies, which need not be this machine's; that where nothing can be written there. */
async function timeOfFileSystem(lock: string): Promise<number> {
  // Named as what takes a lock is: should it be left behind it is swept.
  const path = `${lock}.${process.pid.toString(16).padStart(16, '0')}`;
  try {
    await writeFile(path, '', { mode: 0o600 });
    return await timeOf(path);
  } catch {
    return Date.now();
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}

/** Creates a file with the content of another; answers whether there was none. It appears whole. */
export async function createWhole(path: string, content: string): Promise<boolean> {
  try {
    await link(content, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (systemCode(error) === 'ENOENT') throw error;
  }
  // A file system without links: the file is empty for a moment, which counts as held.
  const text = await readFile(content, 'utf8');
  return writeFile(path, text, { mode: 0o600, flag: 'wx' }).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    },
  );
}

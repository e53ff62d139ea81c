import { link, readFile, stat, writeFile } from 'node:fs/promises';
import { systemCode } from '../errors.ts';
import { isRunning } from './process-identity.ts';

/** A process on another machine is dead when its lock has not been written to for so long. */
const STALE_MS = 30_000;

/** Who holds a lock. */
export type LockHolder = { pid: number; host: string };

/** A live lock, and the file it was found in; or the names of the heirs of a dead one, the last of which is free. */
export type FoundLock = { holder: LockHolder | null; file: string } | { heirs: string[] };

/** Whoever holds the lock and lives; null where nobody does. */
export async function readHolder(path: string): Promise<LockHolder | null> {
  const found = await findHolder(path, Date.now());
  return 'holder' in found ? found.holder : null;
}

/**
 * Looks for a live holder: in the lock's own file, then in its heirs'. `now` is
 * in milliseconds since 1970, by the clock of the file system.
 */
export async function findHolder(path: string, now: number): Promise<FoundLock> {
  const heirs: string[] = [];
  for (let file = path; ; ) {
    const [text, age_ms] = await Promise.all([
      readFile(file, 'utf8').catch(() => null),
      timeOf(file).then(
        (time) => now - time,
        () => Number.POSITIVE_INFINITY,
      ),
    ]);
    if (text === null) return { heirs };
    const fresh = age_ms < STALE_MS;
    // Most jobs meet no lock, and the schema takes its time to load.
    const { parseRecord } = await import('./lock-record.ts');
    const record = parseRecord(text);
    // Not a lock of ours, or one that is just being written.
    if (!record && fresh) return { holder: null, file };
    if (record && ((await isRunning(record)) ?? fresh)) {
      return { holder: { pid: record.pid, host: record.host }, file };
    }
    file = `${path}.heir-of-${record?.token ?? 'unknown'}`;
    // Tokens are made once: only a file written by hand can be its own heir.
    if (heirs.includes(file)) return { holder: null, file };
    heirs.push(file);
  }
}

/** When a file was last written to, in milliseconds since 1970. */
export async function timeOf(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
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

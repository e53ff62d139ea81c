import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { systemCode } from '../errors.ts';
import { identifySelf, isRunning } from './process-identity.ts';

const HEARTBEAT_MS = 5000;
const STALE_MS = 30_000;
const TRIES = 50;
const RETRY_MS = 20;

const recordSchema = z.object({
  pid: z.int(),
  host: z.string(),
  place: z.string(),
  started: z.string().nullable(),
  token: z.string(),
});

/** Who holds a lock. */
export type Runner = { pid: number; host: string };

/** A holder that can't be told: its lock is being written, or is no lock of ours. */
export const UNKNOWN: Runner = { pid: 0, host: 'unknown' };

export type Lock = {
  /** Whether the one who had it before died with it: what that one did may not be complete. */
  abandoned: boolean;
  /** Aborted when another process has taken the lock: this one was held to be dead. */
  lost: AbortSignal;
  /** Gives the lock back. Synchronous: it may be the last thing a process does. */
  release(): void;
};

/**
 * Takes a lock that a dead process does not hold, or answers who has it. On
 * the same machine the process itself is looked at; for another machine, as
 * containers are, the holder writes to the file every 5 s and is dead after
 * 30 s without. The file appears whole (`link` fails where one is), and a
 * dead one's is replaced under a guard, so that of many who try one gets it.
 */
export async function takeLock(
  path: string,
  heartbeat_ms = HEARTBEAT_MS,
): Promise<Lock | { holder: Runner }> {
  const token = randomBytes(8).toString('hex');
  const own = `${path}.${token}`;
  const record = JSON.stringify({ ...(await identifySelf()), token });
  let abandoned = false;
  try {
    await writeFile(own, record, { mode: 0o600, flag: 'wx' });
    for (let tries = 1; ; tries += 1) {
      if (await create(path, own)) break;
      const found = await lookAt(path, await timeOf(own));
      if (typeof found === 'object') return { holder: found };
      abandoned = found === 'dead' && (await takeOver(path, own));
      if (abandoned) break;
      if (tries === TRIES) return { holder: UNKNOWN };
      await delay(RETRY_MS);
      // Its time is the file system's idea of now.
      await writeFile(own, record);
    }
  } finally {
    await rm(own, { force: true });
  }
  return { abandoned, ...keepLock(path, token, heartbeat_ms) };
}

/** Whoever holds the lock and lives; null where nobody does. */
export async function readHolder(path: string): Promise<Runner | null> {
  const found = await lookAt(path, Date.now());
  return typeof found === 'object' ? found : null;
}

/** `now` is in milliseconds since 1970, by the clock of the file system. */
async function lookAt(path: string, now: number): Promise<Runner | 'free' | 'dead'> {
  const [text, age_ms] = await Promise.all([
    readFile(path, 'utf8').catch(() => null),
    stat(path).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => Number.POSITIVE_INFINITY,
    ),
  ]);
  if (text === null) return 'free';
  const fresh = age_ms < STALE_MS;
  const record = parseRecord(text);
  // Not a lock of ours, or one that is just being written.
  if (!record) return fresh ? UNKNOWN : 'dead';
  const runs = (await isRunning(record)) ?? fresh;
  return runs ? { pid: record.pid, host: record.host } : 'dead';
}

async function timeOf(path: string): Promise<number> {
  return (await stat(path)).mtimeMs;
}

function parseRecord(text: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Whether the lock was free and is ours now. */
async function create(path: string, own: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (systemCode(error) === 'ENOENT') throw error;
  }
  // A file system without links: the file is empty for a moment, which counts as held.
  const text = await readFile(own, 'utf8');
  return writeFile(path, text, { mode: 0o600, flag: 'wx' }).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    },
  );
}

/** Replaces a dead one's lock. Only one process at a time may, and it looks again first. */
async function takeOver(path: string, own: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  try {
    await mkdir(guard, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const made = await timeOf(guard).catch(() => Number.POSITIVE_INFINITY);
    if ((await timeOf(own)) - made > STALE_MS) await rmdir(guard).catch(() => {});
    return false;
  }
  try {
    if ((await lookAt(path, await timeOf(own))) !== 'dead') return false;
    await rename(own, path);
    return true;
  } finally {
    // One that took long may have been held to be dead.
    await rmdir(guard).catch(() => {});
  }
}

function keepLock(path: string, token: string, heartbeat_ms: number) {
  const lost = new AbortController();
  const beat = async () => {
    // Opened once for both: what replaces the file in between is not written to.
    const file = await open(path, 'r+');
    try {
      const text = await file.readFile('utf8');
      const isOwn = parseRecord(text)?.token === token;
      if (isOwn) await file.write(text, 0);
      return isOwn;
    } finally {
      await file.close();
    }
  };
  const timer = setInterval(() => {
    beat().then(
      (isOwn) => {
        if (isOwn) return;
        clearInterval(timer);
        lost.abort();
      },
      // The file system fails for once, or somebody has removed the state: nobody has the lock.
      () => {},
    );
  }, heartbeat_ms).unref();
  return {
    lost: lost.signal,
    release() {
      clearInterval(timer);
      try {
        if (parseRecord(readFileSync(path, 'utf8'))?.token === token) rmSync(path);
      } catch {
        // It is gone, or will be held to be dead.
      }
    },
  };
}

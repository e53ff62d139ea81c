import { readFileSync, rmSync } from 'node:fs';
import { open, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createWhole, findHolder, type LockHolder, timeOf } from './lock-file.ts';
import { identifySelf } from './process-identity.ts';

const HEARTBEAT_MS = 5000;
const TRIES = 50;
const RETRY_MS = 20;

export type Lock = {
  /** Aborted when another process has taken the lock: this one was held to be dead. */
  lost: AbortSignal;
  /** Gives the lock back. Synchronous: it may be the last thing a process does. */
  release(): void;
};

/**
 * Takes a lock that a dead process does not hold, or answers who has it: null
 * where that can't be told. A dead lock has one heir: whoever creates the file
 * that is named by the dead one's token, which exactly one process can. The
 * heir then puts its record in the place of the dead one's. One that dies
 * before that has an heir of its own, so that no moment of this is critical.
 */
export async function takeLock(
  path: string,
  heartbeat_ms = HEARTBEAT_MS,
): Promise<Lock | { holder: LockHolder | null }> {
  const token = makeToken();
  const own = `${path}.${token}`;
  const record = JSON.stringify({ ...(await identifySelf()), token });
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      // Written anew each time: its time is the file system's idea of now.
      await writeFile(own, record, { mode: 0o600 });
      if (await createWhole(path, own)) return keepLock(path, record, heartbeat_ms);
      const found = await findHolder(path, await timeOf(own));
      if ('holder' in found) return found;
      if (await inherit(path, own, found.heirs)) return keepLock(path, record, heartbeat_ms);
      await delay(RETRY_MS);
    }
    return { holder: null };
  } finally {
    // Where it was put into the place of a dead one, it is gone.
    await unlink(own).catch(() => {});
  }
}

/** One that no other process makes. It is no secret: node:crypto would take 3 ms to load. */
function makeToken(): string {
  const chance = () => Math.random().toString(36).slice(2);
  return [process.pid.toString(36), Date.now().toString(36), chance(), chance()].join('-');
}

/** Takes the place of a dead lock whose heirs, up to the last name, are dead too. */
async function inherit(path: string, own: string, heirs: string[]): Promise<boolean> {
  const last = heirs.at(-1);
  if (last === undefined || !(await createWhole(last, own))) return false;
  // Another may have come to the end of all this since it was looked at.
  const found = await findHolder(path, await timeOf(own));
  const isHeir = 'heirs' in found ? false : found.file === last;
  if (isHeir) await rename(own, path);
  for (const heir of isHeir ? heirs : [last]) await rm(heir, { force: true });
  return isHeir;
}

function keepLock(path: string, record: string, heartbeat_ms: number): Lock {
  const lost = new AbortController();
  const beat = async () => {
    // Opened once for both: what replaces the file in between is not written to.
    const file = await open(path, 'r+');
    try {
      const text = await file.readFile('utf8');
      const isOwn = text === record;
      if (isOwn) await file.write(record, 0);
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
        if (readFileSync(path, 'utf8') === record) rmSync(path);
      } catch {
        // It is gone, or will be held to be dead.
      }
    },
  };
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from '../errors.ts';
import { identifySelf } from '../process-identity.ts';
import { createWhole, findHolder, type HeldLock, timeOf } from './lock-file.ts';

const HEARTBEAT_MS = 5000;
const TRIES = 50;
const RETRY_MS = 20;

/** How a lock can be lost: another process has taken it, or its file is gone. */
export type LossOfLock = 'taken' | 'gone';

export type Lock = {
  /** Aborted when the lock is found to be lost; the reason is a `LossOfLock`. */
  lost: AbortSignal;
  /**
   * Whether it is still held. Looks at its file only where that was not done
   * for a heartbeat, as after a stop of the whole process, or with `now`.
   * Synchronous: between the look and what is written after it nothing else runs.
   */
  isHeld(now?: boolean): boolean;
  /** Asked where its file is missing: whether nobody else can have had the lock, and it is taken again. */
  onMissing(isNobodys: () => boolean): void;
  /** Gives the lock back. Synchronous: it may be the last thing a process does. */
  release(): void;
};

/**
 * Takes a lock that a dead process does not hold, or answers who has it. A
 * dead lock has one heir: whoever creates the file that is named by the dead
 * one's token, which exactly one process can. The heir then puts its record in
 * the place of the dead one's. One that dies before that has an heir of its
 * own, so that no moment of this is critical.
 */
export async function takeLock(
  path: string,
  heartbeat_ms = HEARTBEAT_MS,
): Promise<Lock | HeldLock> {
  const token = makeToken();
  const own = `${path}.${token}`;
  const record = JSON.stringify({ ...(await identifySelf()), token });
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      // Written anew each time: its time is the file system's idea of now.
      await writeFile(own, record, { mode: 0o600 });
      if (await createWhole(path, own)) return keepLock(path, record, heartbeat_ms);
      const found = await findHolder(path, () => timeOf(own));
      if ('holder' in found) return found;
      if (await inherit(path, own, found.heirs)) return keepLock(path, record, heartbeat_ms);
      await delay(RETRY_MS);
    }
    return { holder: null, file: path, free_in_ms: null };
  } finally {
    // Where it was put into the place of a dead one, it is gone.
    await unlink(own).catch(() => {});
  }
}

/** One that no other process makes (`LOCK_TOKEN`). It is no secret: node:crypto would take 3 ms to load. */
function makeToken(): string {
  const chance = () => Math.floor(Math.random() * 2 ** 32);
  return [chance(), chance()].map((half) => half.toString(16).padStart(8, '0')).join('');
}

/** Takes the place of a dead lock whose heirs, up to the last name, are dead too. */
async function inherit(path: string, own: string, heirs: string[]): Promise<boolean> {
  const last = heirs.at(-1);
  if (last === undefined || !(await createWhole(last, own))) return false;
  // Another may have come to the end of all this since it was looked at.
  const found = await findHolder(path, () => timeOf(own));
  const isHeir = 'heirs' in found ? false : found.file === last;
  if (isHeir) await rename(own, path);
  for (const heir of isHeir ? heirs : [last]) await rm(heir, { force: true });
  return isHeir;
}

function keepLock(path: string, record: string, heartbeat_ms: number): Lock {
  const lost = new AbortController();
  let looked = readClocks();
  let isNobodys = () => false;

  const lose = (how: LossOfLock) => {
    clearInterval(timer);
    lost.abort(how);
  };
  const beat = async () => {
    const begun = readClocks();
    // Opened once for both: what replaces the file in between is not written to.
    const file = await open(path, 'r+');
    try {
      if ((await file.readFile('utf8')) === record) {
        await file.write(record, 0);
        looked = begun;
      } else {
        lose('taken');
      }
    } finally {
      await file.close();
    }
  };
  const timer = setInterval(() => {
    // Else the file system fails for once, which says nothing.
    beat().catch((error: unknown) => isGone(error) && miss());
  }, heartbeat_ms).unref();

  function look(): void {
    const begun = readClocks();
    try {
      if (readFileSync(path, 'utf8') === record) looked = begun;
      else lose('taken');
    } catch (error) {
      if (isGone(error)) miss();
    }
  }

  function miss(): void {
    const begun = readClocks();
    if (isNobodys() && createAgain(path, record)) looked = begun;
    else lose('gone');
  }

  return {
    lost: lost.signal,
    isHeld(now = false) {
      if (!lost.signal.aborted && (now || passed(looked) > heartbeat_ms)) look();
      return !lost.signal.aborted;
    },
    onMissing(asked) {
      isNobodys = asked;
    },
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

/** Answers whether there was none. */
function createAgain(path: string, record: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, record, { mode: 0o600, flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

/** Two clocks: the one may stand still while a machine sleeps, the other may be set back. */
type Clocks = { wall: number; monotonic: number };

const readClocks = (): Clocks => ({ wall: Date.now(), monotonic: performance.now() });

/** Milliseconds since then, by the clock that saw more of them. */
function passed(then: Clocks): number {
  const now = readClocks();
  return Math.max(now.wall - then.wall, now.monotonic - then.monotonic);
}

import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { identifySelf, isRunning, type ProcessIdentity } from '../process-identity.ts';

/** A file that is to take the place of another. */
export type Temporary = { path: string; file: FileHandle };

/**
 * Short, whatever the name of the file, which may be as long as names can be:
 * where the process runs that made it, its number, and chance.
 */
const NAME = /^\.imgjob-([0-9a-f]{8})([0-9a-f]{8})[0-9a-f]{8}\.tmp$/;
/** What another machine or container has not written to for so long is nobody's: it writes without a pause. */
const FOREIGN_MS = 600_000;

/** Those of this process, which are not to be swept. */
const own = new Set<string>();

/**
 * Creates a file beside another, with the owner and mode of that, where there
 * is one. Rejects where either can't be had, and leaves nothing then.
 */
export async function createTemporary(target: string, like: Stats | null): Promise<Temporary> {
  const name = nameOf(await identifySelf());
  const path = join(dirname(target), name);
  const file = await open(path, 'wx', like ? 0o600 : 0o666);
  own.add(name);
  try {
    if (like) await makeAlike(file, like);
    return { path, file };
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

function nameOf(self: ProcessIdentity): string {
  // Two of one name are an error, no mix-up; node:crypto would take longer to load than all of this.
  const chance = Math.floor(Math.random() * 2 ** 32);
  return `.imgjob-${[whereOf(self), self.pid, chance].map(eightDigits).join('')}.tmp`;
}

/** Paths of temporary files in one folder, for many that come and go. */
export type TemporaryNames = {
  take(): string;
  /** For one that is not there any more. */
  giveBack(path: string): void;
};

export async function temporaryNames(folder: string): Promise<TemporaryNames> {
  const self = await identifySelf();
  return {
    take() {
      const name = nameOf(self);
      own.add(name);
      return join(folder, name);
    },
    giveBack: (path) => void own.delete(basename(path)),
  };
}

async function makeAlike(file: FileHandle, like: Stats): Promise<void> {
  const made = await file.stat();
  if (made.uid !== like.uid || made.gid !== like.gid) await file.chown(like.uid, like.gid);
  if (made.mode !== like.mode) await file.chmod(like.mode & 0o7777);
}

/** Folders that were looked through: once in a process will do, of many files in one folder. */
const swept = new Set<string>();

/** Removes what processes that were killed while they wrote have left in a folder. */
export async function sweepTemporaries(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, where, pid] = NAME.exec(name) ?? [];
    if (where === undefined || pid === undefined || own.has(name)) continue;
    const path = join(folder, name);
    const maker = { where: Number.parseInt(where, 16), pid: Number.parseInt(pid, 16) };
    if (await isLeft(path, maker)) await rm(path, { force: true }).catch(() => {});
  }
}

async function isLeft(path: string, maker: { where: number; pid: number }): Promise<boolean> {
  const self = await identifySelf();
  if (maker.where === whereOf(self)) {
    // One with this process's number that it has not made is of an earlier process.
    if (maker.pid === self.pid) return true;
    return (await isRunning({ ...self, pid: maker.pid, started: null })) === false;
  }
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > FOREIGN_MS;
}

/** A number for where a process number means one process. */
function whereOf({ host, namespace }: ProcessIdentity): number {
  return crc32(`${host} ${namespace}`);
}

const eightDigits = (number: number) => number.toString(16).padStart(8, '0');

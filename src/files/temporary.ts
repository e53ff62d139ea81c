import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that is to take the place of another. */
export type Temporary = { path: string; file: FileHandle };

/** Short, whatever the name of the file: that may be as long as names can be. */
const NAME = /^\.imgjob-[0-9a-z]{8}\.tmp$/;
/** What was not written to for so long is nobody's: whoever writes one does so without a pause. */
const LEFT_MS = 600_000;

/**
 * Creates a file beside another, with the owner and mode of that, where there
 * is one. Rejects where either can't be had, and leaves nothing then.
 */
export async function createTemporary(target: string, like: Stats | null): Promise<Temporary> {
  // Two of one name are an error, no mix-up; node:crypto would take longer to load than all of this.
  const chance = Math.random().toString(36).slice(2, 10).padEnd(8, '0');
  const path = join(dirname(target), `.imgjob-${chance}.tmp`);
  const file = await open(path, 'wx', like ? 0o600 : 0o666);
  try {
    if (like) await makeAlike(file, like);
    return { path, file };
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function makeAlike(file: FileHandle, like: Stats): Promise<void> {
  const own = await file.stat();
  if (own.uid !== like.uid || own.gid !== like.gid) await file.chown(like.uid, like.gid);
  if (own.mode !== like.mode) await file.chmod(like.mode & 0o7777);
}

/** Removes what runs that were killed while they wrote have left in a folder. */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => NAME.test(each))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > LEFT_MS)
      await rm(path, { force: true }).catch(() => {});
  }
}

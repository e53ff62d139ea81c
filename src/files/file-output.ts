import { rmSync, type Stats } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';
import { openInPlace, writeInPlace } from './in-place.ts';
import { type Output, type Text, unwritable } from './output.ts';
import { syncFile, syncFolder } from './sync.ts';
import { createTemporary, sweepTemporaries, type Temporary } from './temporary.ts';

/** What says that nothing may be put into the place of a file: rename(2), of mounts, owners and file systems. */
const NOT_REPLACEABLE = ['EBUSY', 'EXDEV', 'EPERM', 'EACCES', 'EROFS', 'ENOTSUP', 'EINVAL'];

/** A file that is written to: how it is called, its path without links, and what is there. */
export type FilePlace = { name: string; target: string; existing: Stats | null };

/**
 * A file that appears whole or not at all: a temporary file beside it, with
 * its owner and mode, is renamed over it at the end. Where that can't be (a
 * mounted file, another's in a sticky folder or with an owner that can't be
 * kept, an unwritable folder, a file of several names) it is written in place.
 * Now it is only found out whether it can be written at all: nothing is left
 * beside it, nor kept open, until it is. Rejects with what is in the way.
 */
export async function openFile(place: FilePlace): Promise<Output> {
  const { name, target, existing } = place;
  await sweepTemporaries(dirname(target));
  const isReplaced = await canBeReplaced(place);
  let temporary: Temporary | null = null;
  const discard = () => {
    if (temporary) rmSync(temporary.path, { force: true });
    temporary = null;
  };

  /** Answers false where the file has turned out to be none that can be replaced. */
  async function replace(text: Text, check: () => void): Promise<boolean> {
    temporary = await createTemporary(target, existing);
    const { file, path } = temporary;
    try {
      for await (const block of await text()) await file.appendFile(block);
      await syncFile(file);
    } finally {
      await file.close();
    }
    check();
    try {
      await rename(path, target);
      temporary = null;
      // The name too: what is told to be delivered must be there after a power cut.
      await syncFolder(dirname(target));
      return true;
    } catch (error) {
      if (existing && NOT_REPLACEABLE.includes(systemCode(error))) return false;
      throw error;
    }
  }

  return {
    name,
    shared: false,
    async write(text, check = () => {}) {
      try {
        const isDone = isReplaced && (await replace(text, check));
        if (!isDone) await writeInPlace(target, text, check);
      } catch (error) {
        throw unwritable(name, error);
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** Whether it can, as far as can be told; throws where it can't be written to at all. */
async function canBeReplaced(place: FilePlace): Promise<boolean> {
  if (!place.existing) {
    await tryTemporary(place);
    return true;
  }
  const closed = await failureOf(tryInPlace(place));
  const isKept =
    (await mustBeKept(place.target, place.existing)) ||
    (await failureOf(tryTemporary(place))) !== null;
  // What may only not be opened may be replaced all the same; what else is wrong is wrong with both.
  if (closed !== null && (isKept || systemCode(closed) !== 'EACCES')) throw closed;
  return !isKept;
}

/** Whether a rename over a file would fail, or be no change of this file alone. */
async function mustBeKept(target: string, existing: Stats): Promise<boolean> {
  const folder = await stat(dirname(target));
  const isMounted = folder.dev !== existing.dev;
  // In a sticky folder only the owner of a file or of the folder may (sticky(7)).
  const isSticky = (folder.mode & 0o1000) !== 0;
  const user = process.geteuid?.() ?? 0;
  const isForeign = user !== 0 && user !== existing.uid && user !== folder.uid;
  return isMounted || (isSticky && isForeign) || existing.nlink > 1;
}

async function tryTemporary({ target, existing }: FilePlace): Promise<void> {
  const { file, path } = await createTemporary(target, existing);
  await file.close();
  await rm(path);
}

async function tryInPlace({ target }: FilePlace): Promise<void> {
  const file = await openInPlace(target);
  await file.close();
}

function failureOf(attempt: Promise<void>): Promise<unknown> {
  return attempt.then(
    () => null,
    (error: unknown) => error,
  );
}

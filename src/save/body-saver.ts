import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { syncData, syncFolder } from '../files/sync.ts';
import { sweepTemporaries, type TemporaryNames, temporaryNames } from '../files/temporary.ts';
import type { SavedBody, SavedPlace } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { showText } from '../terminal/prose.ts';
import { type BodyNames, createBodyNames } from './body-names.ts';
import { createUnsave } from './unsave.ts';
import { type BodyCheck, createBodyCheck } from './whole-body.ts';

/** A body that is being kept. */
export type BodyFile = SavedBody & {
  /** Answers whether it could be written; what could not is thrown by `keep`. */
  push(chunk: Uint8Array): boolean;
  /** Throws what went wrong, if anything did. */
  check(): void;
};

/** Keeps the bodies of a job's images as files. */
export type BodySaver = {
  begin(): BodyFile;
  /** Of an image that failed nothing is left, of earlier runs neither. Throws `save-unwritable`. */
  unsave(place: Omit<SavedPlace, 'format'>): void;
  /** Whether the body of a completed image is there, and whole. */
  isWhole: BodyCheck;
  /** Leaves nothing behind that has no name of its own. */
  close(): Promise<void>;
};

export type SaverOptions = { folder: string; manifest: Manifest; fsync: boolean };

/** Smaller bodies are written in one go, when they are whole. */
const HELD_BYTES = 256 * 1024;

/**
 * Opens the folder that bodies are kept in; what a killed run has left there
 * is removed. Writes are synchronous: handing some kilobytes to the system
 * takes less time than handing them to a thread. Throws `save-unwritable`.
 */
export async function openBodySaver({ folder, manifest, fsync }: SaverOptions): Promise<BodySaver> {
  const root = resolve(folder);
  const temporary = await openFolder(root);
  const names = await createBodyNames(manifest);
  const open = new Set<BodyFile>();
  const move = createMove();
  const unsave = createUnsave(root, names);
  return {
    begin() {
      const body = createBodyFile({
        root,
        temporary,
        names,
        move,
        fsync,
        onEnd: () => open.delete(body),
      });
      open.add(body);
      return body;
    },
    unsave(place) {
      try {
        unsave(place);
      } catch (cause) {
        throw unwritable(root, cause);
      }
    },
    isWhole: createBodyCheck(root),
    async close() {
      for (const body of [...open]) body.discard();
    },
  };
}

async function openFolder(root: string): Promise<TemporaryNames> {
  try {
    await makeFolder(root);
    await sweepTemporaries(root);
    const names = await temporaryNames(root);
    // Whether it can be written to shows now, and not when images were fetched.
    const path = names.take();
    closeSync(openSync(path, 'wx'));
    rmSync(path);
    names.giveBack(path);
    return names;
  } catch (cause) {
    throw unwritable(root, cause);
  }
}

type Place = {
  root: string;
  temporary: TemporaryNames;
  names: BodyNames;
  move: ReturnType<typeof createMove>;
  fsync: boolean;
  onEnd(): void;
};

function createBodyFile({ root, temporary, names, move, fsync, onEnd }: Place): BodyFile {
  let held: Uint8Array[] = [];
  let size = 0;
  let path: string | null = null;
  let fd: number | null = null;
  let failure: ImgjobError | null = null;

  function flush(): number {
    if (fd === null) {
      path = temporary.take();
      fd = openSync(path, 'wx');
    }
    writeFileSync(fd, held.length === 1 && held[0] ? held[0] : Buffer.concat(held));
    held = [];
    size = 0;
    return fd;
  }

  function close(): void {
    if (fd !== null) closeSync(fd);
    fd = null;
  }

  function discard(): void {
    held = [];
    close();
    if (path !== null) {
      rmSync(path, { force: true });
      temporary.giveBack(path);
    }
    path = null;
    onEnd();
  }

  function check(): void {
    if (!failure) return;
    discard();
    throw failure;
  }

  function nameIt(file: string): string {
    close();
    if (path !== null) {
      move(path, join(root, file));
      temporary.giveBack(path);
    }
    path = null;
    onEnd();
    return file;
  }

  function fail(cause: unknown): never {
    failure = unwritable(root, cause);
    discard();
    throw failure;
  }

  return {
    push(chunk) {
      if (failure) return false;
      held.push(chunk);
      size += chunk.length;
      if (size <= HELD_BYTES) return true;
      try {
        flush();
        return true;
      } catch (cause) {
        failure = unwritable(root, cause);
        return false;
      }
    },
    check,
    discard,
    keep(place) {
      check();
      try {
        const written = flush();
        const file = names.path(place);
        if (!fsync) return nameIt(file);
        return syncData({ fd: written })
          .then(() => nameIt(file))
          .then(() => syncFolder(dirname(join(root, file))))
          .then(() => file)
          .catch(fail);
      } catch (cause) {
        return fail(cause);
      }
    },
  };
}

/** So many folders of stores are known to be there; of more they are looked at again. */
const MAX_FOLDERS = 10_000;

/** Moves files into folders of stores, which it makes. One that is a link leads elsewhere, and is not followed. */
function createMove(): (path: string, target: string) => void {
  const known = new Set<string>();

  function makeSure(folder: string): void {
    const there = lstatSync(folder, { throwIfNoEntry: false });
    if (there && !there.isDirectory()) {
      throw Object.assign(new Error(`${showText(folder)} is not a folder`), { code: 'ENOTDIR' });
    }
    if (!there) mkdirSync(folder);
    if (known.size === MAX_FOLDERS) known.clear();
    known.add(folder);
  }

  return (path, target) => {
    const folder = dirname(target);
    // To look each time takes a tenth of all that keeping a file takes.
    if (!known.has(folder)) makeSure(folder);
    try {
      renameSync(path, target);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      // Somebody has taken the folder away.
      makeSure(folder);
      renameSync(path, target);
    }
  };
}

function unwritable(root: string, cause: unknown): ImgjobError {
  const message = `can't keep images in ${showText(root)}: ${reasonOf(cause)}`;
  return new ImgjobError('save-unwritable', message, { cause });
}

import { linkSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { syncFolder } from '../files/sync.ts';
import type { SavedPlace } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { createBodyNames } from './body-names.ts';
import { createBodyCheck } from './whole-body.ts';

/** The files of results that are taken over from an earlier run. */
export type ReusedBodies = {
  /** The path that the file of a result has in this run; null where it has none that is whole. */
  take(result: ImageResult, place: SavedPlace): Promise<string | null>;
  /** Brings the new names to the disk. */
  sync(): Promise<void>;
  /** Takes away the names from before: called when the results are kept that have the new ones. */
  forgetFormer(): void;
};

/**
 * Gives the files of an earlier run the names that a run of this manifest
 * gives: an image that was put before others moves them all on by one. Each
 * has both names at first, so that a kill takes nothing from the earlier run.
 * Where there is a file of the new name already, or no second name to be had,
 * it keeps the one it has.
 */
export async function createReusedBodies(root: string, manifest: Manifest): Promise<ReusedBodies> {
  const names = await createBodyNames(manifest);
  const isWhole = createBodyCheck(root);
  const former: string[] = [];
  const given = new Set<string>();
  const folders = new Set<string>();

  return {
    async take(result, place) {
      const { file } = result;
      // Stores that are called alike may have changed places: another one's folder is not written to.
      if (file === null || dirname(file) !== names.folder(place)) return null;
      if (!(await isWhole(result))) return null;
      const path = names.path(place);
      if (path === file || !addName(join(root, file), join(root, path))) return file;
      former.push(join(root, file));
      given.add(join(root, path));
      folders.add(join(root, dirname(file)));
      return path;
    },
    async sync() {
      for (const folder of folders) await syncFolder(folder);
    },
    forgetFormer() {
      for (const path of former) {
        // Equal files may have been made one by somebody else: then another image has this name now.
        if (given.has(path)) continue;
        const stats = statSync(path, { throwIfNoEntry: false });
        // Its only name is not taken away, whatever became of the other one.
        if (stats && stats.nlink > 1) rmSync(path, { force: true });
      }
    },
  };
}

/** Whether a file has a second name now; a run that was killed may have given it. */
function addName(path: string, second: string): boolean {
  try {
    linkSync(path, second);
    return true;
  } catch (error) {
    return systemCode(error) === 'EEXIST' && isSame(path, second);
  }
}

function isSame(path: string, other: string): boolean {
  const [one, two] = [path, other].map((name) => statSync(name, { bigint: true }));
  return one?.ino === two?.ino && one?.dev === two?.dev;
}

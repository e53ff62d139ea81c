import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SavedPlace } from '../job/effects.ts';
import type { BodyNames } from './body-names.ts';

/** Of so many stores it is remembered what their folders had; of more they are read again. */
const MAX_FOLDERS = 100;
const ENDING = /^(~\d+)?\.[a-z0-9]+$/;

/**
 * Removes what an earlier run has kept under the name that a failed image
 * would have, whatever its format was: it would look as if it were of this run.
 */
export function createUnsave(
  root: string,
  { stem }: Pick<BodyNames, 'stem'>,
): (place: Omit<SavedPlace, 'format'>) => void {
  const folders = new Map<string, string[]>();

  /** Names that were there when the store's first image failed: later ones are of this run. */
  function namesIn(folder: string): string[] {
    const known = folders.get(folder);
    if (known) return known;
    const names = readNames(join(root, folder));
    const [oldest] = folders.keys();
    if (folders.size === MAX_FOLDERS && oldest !== undefined) folders.delete(oldest);
    folders.set(folder, names);
    return names;
  }

  return (place) => {
    const path = stem(place);
    const folder = dirname(path);
    const begin = basename(path);
    for (const name of namesIn(folder)) {
      if (!name.startsWith(begin) || !ENDING.test(name.slice(begin.length))) continue;
      if (!place.isTaken(`${folder}/${name}`)) rmSync(join(root, folder, name), { force: true });
    }
  };
}

/** None where the folder is not there, or is a link, which leads elsewhere. */
function readNames(folder: string): string[] {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

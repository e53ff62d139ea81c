import { opendir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createNearNames } from '../terminal/near-names.ts';

/** Of a larger folder no more names are looked at. */
const MAX_ENTRIES = 10_000;

/** Paths of files that are called nearly as one that is not there, at most three. */
export async function nearFiles(path: string): Promise<string[]> {
  const near = createNearNames(basename(path));
  const folder = dirname(path);
  try {
    let count = 0;
    for await (const entry of await opendir(folder)) {
      if (!entry.isDirectory()) near.offer(entry.name);
      count += 1;
      if (count === MAX_ENTRIES) break;
    }
  } catch {
    // Nor is its folder, or it is not to be read.
    return [];
  }
  return near.names().map((name) => (folder === '.' ? name : join(folder, name)));
}

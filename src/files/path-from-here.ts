import { relative } from 'node:path';

/** A whole path, as one from the current folder where it is below. */
export function pathFromHere(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below;
}

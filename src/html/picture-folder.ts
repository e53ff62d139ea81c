import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the pictures of a page are: in a folder of kept files where there is one. */
export type PictureSource = {
  /** Its address as the page has it, with a slash at its end. */
  folder: string | null;
};

/** The paths of that folder, where there is one, and of the page; null for standard output. */
export type PicturePaths = { folder: string | null; page: string | null };

/**
 * The address is relative, so that page and folder may be moved together. A
 * page of standard output is taken for a file of the current folder.
 */
export function pictureSource({ folder, page }: PicturePaths): PictureSource {
  return { folder: folder === null ? null : addressOf(folder, page) };
}

function addressOf(folder: string, page: string | null): string {
  const base = page === null ? resolve('.') : dirname(resolve(page));
  const path = relative(base, resolve(folder));
  // On another drive of Windows.
  if (isAbsolute(path)) return `${pathToFileURL(path).href}/`;
  return path === '' ? './' : `./${path.split(sep).map(encodeURIComponent).join('/')}/`;
}

/** Whether a results file names a file below that folder, and no other. */
export function isBelow(file: string): boolean {
  return file.split(/[/\\]/).every((part) => !['', '.', '..'].includes(part));
}

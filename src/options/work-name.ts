import { basename, dirname, extname, sep } from 'node:path';

/** A file that has its folder's name, as Node.js has it. */
const OF_FOLDER = new Set(['index', 'main']);

/**
 * What people call the module that does the work, by the path of it: that of a
 * package is the package's, `dist/resnet.mjs` is `resnet`, `resnet/index.mjs` too.
 */
export function workName(path: string): string {
  const [, installed] = path.split(`${sep}node_modules${sep}`).slice(-2);
  if (installed !== undefined) return installed.split(sep).join('/');
  const name = basename(path, extname(path));
  return (OF_FOLDER.has(name) && basename(dirname(path))) || name;
}

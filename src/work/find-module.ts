import { statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModulePlace } from './messages.ts';

/** What `--work` may name besides a file: a package, or a part of one, as `import` has it. */
const PACKAGE = /^(?:@[a-z0-9~._-]+\/)?[a-z0-9~-][a-z0-9~._-]*(?:\/[^\\]*)?$/i;

/**
 * The path of what `--work` names, seen from a folder: a file; or where there
 * is none and a package of that name is installed, its place below `node_modules`.
 */
export function workPath(named: string, folder: string): string {
  const path = resolve(folder, named);
  if (isFile(path) || !PACKAGE.test(named)) return path;
  for (let from = folder; ; from = dirname(from)) {
    const modules = join(from, 'node_modules');
    if (basename(from) !== 'node_modules' && isFolder(join(modules, packageOf(named)))) {
      return join(modules, named);
    }
    if (dirname(from) === from) return path;
  }
}

/** Where a module is. */
export type FoundModule = Pick<ModulePlace, 'specifier' | 'folder'>;

/** Where a module is whose path is known; or why there is none. */
export function findModule(path: string): FoundModule | { missing: string } {
  if (isFile(path)) return { specifier: pathToFileURL(path).href, folder: dirname(path) };
  const mark = `${sep}node_modules${sep}`;
  const end = path.lastIndexOf(mark);
  const name = path
    .slice(end + mark.length)
    .split(sep)
    .join('/');
  if (end !== -1 && isFolder(join(path.slice(0, end), mark, packageOf(name)))) {
    return { specifier: name, folder: path.slice(0, end) };
  }
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere) return { missing: 'it is not a file' };
  return { missing: extname(path) === '' ? 'no such file, and no such package' : 'no such file' };
}

/** The name of the package in `@acme/phash/gpu`: the first two parts, or the first. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { shellWord } from './shell-word.ts';

const NAME = 'imgjob';

/**
 * What npx is asked for to run the same package again, by the folder in which
 * it was put to be run once: a name, a version of it, or a file and the name.
 * The name alone for other package managers, which do not write it down.
 */
export function onceSpec(script: string, typedIn: string): string {
  const [folder = ''] = script.split(/[/\\]node_modules[/\\]/, 1);
  const spec = packageOf(folder);
  if (spec === null || spec === NAME) return NAME;
  if (spec.startsWith(`${NAME}@`)) return shellWord(spec);
  // npx looks for a program in the package first that it is called in.
  if (isAbsolute(spec) && resolve(spec) === resolve(typedIn)) return NAME;
  return `-p ${shellWord(spec)} ${NAME}`;
}

/** As npx writes it down; null where it was asked for several packages, or for one with a name in need of escapes. */
const ONE_PACKAGE = /"_npx":\s*\{\s*"packages":\s*\[\s*"([^"\\]+)"\s*\]/;

function packageOf(folder: string): string | null {
  try {
    const [, spec = null] =
      ONE_PACKAGE.exec(readFileSync(join(folder, 'package.json'), 'utf8')) ?? [];
    return spec;
  } catch {
    return null;
  }
}

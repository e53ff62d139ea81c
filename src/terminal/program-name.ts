import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { shellWord } from './shell-word.ts';

/** What tells how a process was called. */
export type Call = {
  /** The path of the program, as Node.js was given it. */
  script: string;
  cwd: string;
  env: Record<string, string | undefined>;
};

const NAME = 'imgjob';
/** What npm and its like put before the user's own PATH while they run a program. */
const OF_PACKAGES = /[/\\]node_modules[/\\]\.bin$|[/\\]node-gyp-bin$/;
/** Package managers, by what they call themselves in `npm_config_user_agent`. */
const RUNNERS: Record<string, string> = {
  npm: 'npx',
  pnpm: 'pnpm exec',
  yarn: 'yarn',
  bun: 'bunx',
};

let current: Call | null = null;
let name: string | null = null;

/** Says once how this process was called; until then it goes by its plain name. */
export function setProgramCall(call: Call): void {
  current = call;
  name = null;
}

/** The words with which a command that is printed begins, so that it works as it is typed. */
export function programName(): string {
  if (current) name ??= nameFor(current);
  return name ?? NAME;
}

/** The shortest way to call a program again: by its name, by a package manager, or by Node.js and its path. */
export function nameFor({ script, cwd, env }: Call): string {
  if (isOnPath(script, env.PATH ?? '')) return NAME;
  const [agent = ''] = (env.npm_config_user_agent ?? '').split('/');
  const runner = RUNNERS[agent];
  if (env.npm_command !== undefined && runner !== undefined) return `${runner} ${NAME}`;
  const path = relative(cwd, script);
  // Up and down again is no shorter than the whole path.
  const shown = path.startsWith('..') ? script : path;
  return isProgram(script) && OF_PACKAGES.test(dirname(script))
    ? shellWord(shown)
    : `node ${shellWord(shown)}`;
}

/** Whether the name alone leads to this very program, in a shell of the user's. */
function isOnPath(script: string, path: string): boolean {
  const folders = path.split(delimiter).filter((folder) => !OF_PACKAGES.test(folder));
  const first = folders.map((folder) => join(folder, NAME)).find(isProgram);
  return first !== undefined && whole(first) === whole(script);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function whole(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

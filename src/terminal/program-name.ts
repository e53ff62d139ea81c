import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { onceSpec } from './once-spec.ts';
import { shellWord } from './shell-word.ts';

/** What tells how a process was called. */
export type Call = {
  /** The path of the program, as Node.js was given it; empty where there is none. */
  script: string;
  cwd: string;
  env: Record<string, string | undefined>;
};

const NAME = 'imgjob';
/** What npm and its like put before the user's own PATH while they run a program. */
const OF_PACKAGES = /[/\\]node_modules[/\\]\.bin$|[/\\]node-gyp-bin$/;
/** Where they keep packages that were fetched to be run once. */
const ONCE = /[/\\](?:_npx[/\\]|dlx[/\\-]|bunx-)/;
/** Package managers, by what they call themselves in `npm_config_user_agent`: how they run what is installed, and what is not. */
const RUNNERS: Record<string, { installed: string; once: string }> = {
  npm: { installed: 'npx', once: 'npx' },
  pnpm: { installed: 'pnpm exec', once: 'pnpm dlx' },
  yarn: { installed: 'yarn', once: 'yarn dlx' },
  bun: { installed: 'bunx', once: 'bunx' },
};
/** How the scripts that pnpm and npm write in the place of links call a program. */
const CALLED_BY_SCRIPT = /"\$basedir[/\\]([^"]+)"/g;

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

/** The shortest way to call a program again: by its name, by a package manager, or by its path. */
export function nameFor(call: Call): string {
  const { script, env } = call;
  if (script === '' || isOnPath(script, env.PATH ?? '')) return NAME;
  const [agent = ''] = (env.npm_config_user_agent ?? '').split('/');
  const runner = RUNNERS[agent];
  const typedIn = typingFolder(call);
  if (runner && ONCE.test(script)) return `${runner.once} ${onceSpec(script, typedIn)}`;
  if (runner && isInstalledFor(call, typedIn)) return `${runner.installed} ${NAME}`;
  return pathFor(script, typedIn);
}

/** Where the next command will be typed: a script of a package runs in that package's folder, whoever starts it from below. */
function typingFolder({ script, cwd, env }: Call): string {
  const started = env.INIT_CWD;
  return started !== undefined && isAbsolute(started) && !ONCE.test(script) ? started : cwd;
}

/** Whether a package manager finds the program from a folder: its project is that one, or around it. */
function isInstalledFor({ script, env }: Call, folder: string): boolean {
  const [before = '', installed] = script.split(/[/\\]node_modules[/\\]/, 2);
  if (installed === undefined) return false;
  const isWithin = (project: string) =>
    `${whole(folder)}${sep}`.startsWith(`${whole(project)}${sep}`);
  // Yarn runs programs from a place of its own for all projects.
  return isWithin(before) || (env.PROJECT_CWD !== undefined && isWithin(env.PROJECT_CWD));
}

function pathFor(script: string, folder: string): string {
  const path = relative(folder, script);
  // Up and down again is no shorter than the whole path.
  const shown = path.startsWith('..') ? script : path;
  const isOwnProgram = isProgram(script) && !/\.[cm]?js$/.test(script);
  if (!isOwnProgram) return `node ${shellWord(shown)}`;
  return shellWord(/[/\\]/.test(shown) ? shown : `./${shown}`);
}

/** Whether the name alone leads to this very program, in a shell of the user's. */
function isOnPath(script: string, path: string): boolean {
  const folders = path.split(delimiter).filter((folder) => !OF_PACKAGES.test(folder));
  const first = folders.map((folder) => join(folder, NAME)).find(isProgram);
  return first !== undefined && (whole(first) === whole(script) || calls(first, script));
}

/** Whether a program is a script that calls another one. */
function calls(program: string, script: string): boolean {
  const text = textOf(program);
  if (!text.startsWith('#!')) return false;
  const called = [...text.matchAll(CALLED_BY_SCRIPT)].map(([, path = '']) => path);
  return called.some((path) => whole(resolve(dirname(program), path)) === whole(script));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
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

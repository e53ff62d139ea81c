import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/imgjob.js', import.meta.url));
/** Where a shell finds the program by its name, as after an installation. */
const NAMED = fileURLToPath(new URL('./path', import.meta.url));

export type CliResult = { code: number | null; stdout: string; stderr: string };

export type CliOptions = {
  cwd?: string;
  env?: Record<string, string>;
  /** Text for standard input; it is closed otherwise. */
  stdin?: string;
  /** Called once the process runs, to send it signals. */
  onStart?(child: ChildProcess): void;
};

/** Runs the real program as a process, without a terminal, and waits for its end. */
export function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return runProgram(process.execPath, [BIN, ...args], options);
}

/** Runs Node.js with these arguments, in the environment that the program gets. */
export function runNode(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return runProgram(process.execPath, args, options);
}

/** The same through a shell, with `imgjob` for the program. */
export function runShell(script: string, options: CliOptions = {}): Promise<CliResult> {
  const prelude = `set -o pipefail; imgjob() { "${process.execPath}" "${BIN}" "$@"; }`;
  return runProgram('bash', ['-c', `${prelude}\n${script}`], options);
}

/** Runs any program, in the environment that imgjob gets in tests. */
export function runProgram(
  program: string,
  args: string[],
  options: CliOptions,
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: environmentOf(options) });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
    options.onStart?.(child);
  });
}

/**
 * What every process gets of the tests' own environment. All else would change how
 * imgjob behaves, or slow it down: with NODE_EXTRA_CA_CERTS a start takes three times as long.
 */
export const ENVIRONMENT: Record<string, string> = Object.fromEntries([
  ...['HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
  ['PATH', [NAMED, process.env.PATH ?? ''].join(delimiter)],
  ['LANG', 'C.UTF-8'],
]);

/** The same, with a state folder of the test's own. */
function environmentOf({ cwd, env = {} }: CliOptions): Record<string, string> {
  const state =
    cwd === undefined ? join(tmpdir(), `imgjob-test-state-${process.pid}`) : stateOf(cwd);
  return { ...ENVIRONMENT, IMGJOB_STATE_DIR: state, ...env };
}

/** Where the jobs of tests in a folder are kept: beside it, so that its listing shows none of it. */
function stateOf(folder: string): string {
  return `${folder}.state`;
}

export type Workspace = {
  folder: string;
  /** Writes a file and answers its path. */
  write(name: string, content: unknown, mode?: number): string;
  path(name: string): string;
  /** The state folder of the programs that run here. */
  state: string;
  remove(): void;
};

/** A folder of its own for one test file. */
export function createWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-test-'));
  return {
    folder,
    write(name, content, mode) {
      const path = join(folder, name);
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      writeFileSync(path, text, { mode });
      return path;
    },
    path: (name) => join(folder, name),
    state: stateOf(folder),
    remove() {
      rmSync(folder, { recursive: true, force: true });
      rmSync(stateOf(folder), { recursive: true, force: true });
    },
  };
}

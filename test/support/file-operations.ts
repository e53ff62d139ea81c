import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('file-operations.c', import.meta.url));

/** Whether the program's file operations can be counted here: it takes Linux and a C compiler. */
export const CAN_COUNT =
  process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

export type Operations = {
  /** The environment in which a program's operations on files below this folder are logged. */
  logged(under: string): Record<string, string>;
  /** What was logged, and forgets it: a line each, `rename /path`. */
  read(): string[];
  /** That in which it is killed before its nth operation; with `tear`, in the middle of it where it is a write. */
  killed(under: string, nth: number, tear?: boolean): Record<string, string>;
  /** That in which each operation from the nth on fails with this number. */
  failing(under: string, nth: number, errno: number): Record<string, string>;
  remove(): void;
};

/** Compiles what is loaded into the program. */
export function createOperations(): Operations {
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-operations-'));
  const library = join(folder, 'operations.so');
  const log = join(folder, 'log');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  const common = (under: string) => ({ LD_PRELOAD: library, OPERATIONS_UNDER: under });
  return {
    logged: (under) => ({ ...common(under), OPERATIONS_LOG: log }),
    read() {
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      rmSync(log);
      return lines;
    },
    killed: (under, nth, tear = false) => ({
      ...common(under),
      OPERATIONS_KILL: String(nth),
      OPERATIONS_TEAR: tear ? '1' : '0',
    }),
    failing: (under, nth, errno) => ({
      ...common(under),
      OPERATIONS_FAIL: String(nth),
      OPERATIONS_ERROR: String(errno),
    }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

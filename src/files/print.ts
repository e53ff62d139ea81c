import { isClosedPipe, unwritable } from '../files/output.ts';
import { jsonLine, logLine } from '../terminal/prose.ts';

/**
 * Writes text to standard output and answers whether anybody reads it: false
 * when the pipe is closed. Rejects with `output-unwritable` for what else goes wrong.
 */
export function print(text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) resolve(true);
      else if (isClosedPipe(error)) resolve(false);
      else reject(unwritable('standard output', error));
    });
  });
}

/** The same with lines of prose, which no CI system takes for commands. */
export function printLines(lines: string[]): Promise<boolean> {
  return print(lines.map((line) => `${logLine(line)}\n`).join(''));
}

/** Writes a list as JSON, a line for each of its values. */
export function printJsonList(values: readonly unknown[]): Promise<boolean> {
  const lines = values.map((value) => `\n  ${jsonLine(value)}`);
  return print(`[${lines.join(',')}${lines.length > 0 ? '\n' : ''}]\n`);
}

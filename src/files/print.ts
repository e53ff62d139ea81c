import { isClosedPipe, unwritable } from '../files/output.ts';
import { fold } from '../terminal/columns.ts';
import { jsonLine, logLine } from '../terminal/prose.ts';
import { columnsOf } from '../terminal/style.ts';

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

/** Lines that make one write: all of them at once could be more than a string can hold. */
const BLOCK_LINES = 10_000;

/** The same with lines of prose, which no CI system takes for commands. */
export async function printLines(lines: string[]): Promise<boolean> {
  for (let begin = 0; begin < lines.length; begin += BLOCK_LINES) {
    const block = lines.slice(begin, begin + BLOCK_LINES).map((line) => `${logLine(line)}\n`);
    if (!(await print(block.join('')))) return false;
  }
  return true;
}

/** The same, folded between cells and words where a terminal is narrower than a line. */
export function printFolded(lines: string[]): Promise<boolean> {
  const columns = columnsOf(process.stdout);
  if (columns === null) return printLines(lines);
  return printLines(lines.flatMap((line) => fold(line, columns, indentBelow(line))));
}

function indentBelow(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}  `;
}

/** Writes a list as JSON, a line for each of its values. */
export async function printJsonList(values: readonly unknown[]): Promise<boolean> {
  return (await printAll(listTexts(values, ''))) && print('\n');
}

/**
 * Writes an object as JSON, laid out for `grep`: a line for each field, and
 * for each value of those that are lists, or come one by one.
 */
export function printJsonObject(fields: Record<string, unknown>): Promise<boolean> {
  return printAll(objectTexts(fields));
}

async function printAll(texts: AsyncIterable<string>): Promise<boolean> {
  for await (const text of texts) if (!(await print(text))) return false;
  return true;
}

async function* objectTexts(fields: Record<string, unknown>): AsyncGenerator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(fields)) {
    yield `${before}\n  ${jsonLine(name)}: `;
    if (isList(value)) yield* listTexts(value, '  ');
    else yield jsonLine(value);
    before = ',';
  }
  yield '\n}\n';
}

type List = readonly unknown[] | AsyncIterable<unknown>;

function isList(value: unknown): value is List {
  return typeof value === 'object' && value !== null
    ? Array.isArray(value) || Symbol.asyncIterator in value
    : false;
}

async function* listTexts(values: List, indent: string): AsyncGenerator<string> {
  let lines: string[] = [];
  let before = '[';
  for await (const value of values) {
    lines.push(`${before}\n${indent}  ${jsonLine(value)}`);
    before = ',';
    if (lines.length < BLOCK_LINES) continue;
    yield lines.join('');
    lines = [];
  }
  yield `${lines.join('')}${before === '[' ? '[' : `\n${indent}`}]`;
}

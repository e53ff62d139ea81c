import { showText } from '../terminal/prose.ts';

/** Something in a manifest that is not as it must be, and where. */
export type Problem = {
  /** The manifest as it was named; `<stdin>` for standard input. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1, in UTF-16 units as editors do. */
  column: number;
  /** `stores[3].images[2]`; empty where the file as a whole is meant. */
  path: string;
  /** What was expected. Safe to show. */
  message: string;
};

/** Where a value is inside a JSON document: names and indexes, from the root. */
export type Path = readonly PropertyKey[];

/** What is wrong with the value at a path, before its line and column are known. */
export type Issue = { path: Path; message: string };

/** More than anybody reads; a hundred times as many do not fit into memory. */
export const MAX_PROBLEMS = 200_000;

/** The first problems; where there are too many, the last one says so. */
export function bounded<T extends { message: string }>(problems: T[]): T[] {
  const next = problems[MAX_PROBLEMS];
  if (next === undefined) return problems;
  const message = 'too many problems: not all are told';
  return [...problems.slice(0, MAX_PROBLEMS), { ...next, message }];
}

/** One line for people: `manifest.json:14:9  stores[3].images[2]  expected a URL string, got number`. */
export function formatProblem(problem: Problem): string {
  const place = `${showText(problem.file)}:${problem.line}:${problem.column}`;
  return [place, problem.path, problem.message].filter((part) => part !== '').join('  ');
}

/** `stores[3].images[2]` from `['stores', 3, 'images', 2]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += text === '' ? String(segment) : `.${String(segment)}`;
  }
  return text;
}

/** How a manifest's source is named in problems. */
export function fileName(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

/** The start of a foreign text, safe to show; at most `limit` UTF-16 units. */
export function excerpt(text: string, limit: number): string {
  return showText(text.slice(0, limit)) + (text.length > limit ? '…' : '');
}

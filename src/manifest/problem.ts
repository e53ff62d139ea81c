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

/** One line for people: `manifest.json:14:9  stores[3].images[2]  expected a URL string, got number`. */
export function formatProblem(problem: Problem): string {
  const place = `${showText(problem.file)}:${problem.line}:${problem.column}`;
  return [place, problem.path, problem.message].filter((part) => part !== '').join('  ');
}

/** How a manifest's source is named in problems. */
export function fileName(path: string): string {
  return path === '-' ? '<stdin>' : path;
}

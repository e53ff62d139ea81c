import { ImgjobError } from '../errors.ts';
import { fileSource } from '../files/seekable.ts';
import { logLine, showText } from '../terminal/prose.ts';
import type { ManifestFormat } from './format.ts';
import type { Manifest } from './manifest.ts';
import { formatProblem, type Problem } from './problem.ts';
import { loadManifest, type ManifestText } from './read.ts';

/** A manifest that was read, before anything is known of its job. */
export type ReadInput = { manifest: Manifest; path: string; named: boolean; text: ManifestText };

export type ReadOptions = {
  format: ManifestFormat;
  job_id: string | null;
  /** Read for `-`. Node.js opens it when it is first asked for: else it stays closed. */
  stdin(): AsyncIterable<Uint8Array> & { isTTY?: boolean };
  checkUrl?: (url: string) => string | null;
};

export type ReadManifests = { inputs: ReadInput[]; warnings: string[]; problems: Problem[] };

/**
 * Reads and checks every manifest before anything starts. Problems of all of
 * them are gathered; a file that can't be read at all throws.
 */
export async function readManifests(paths: string[], options: ReadOptions): Promise<ReadManifests> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new ImgjobError('usage', 'standard input can only be read once');
  }
  if (paths.includes('-') && options.stdin().isTTY) {
    process.stderr.write('imgjob: reading the manifest from the terminal; Ctrl-D ends it\n');
  }
  const read: ReadManifests = { inputs: [], warnings: [], problems: [] };
  for (const path of paths) {
    const { stdin, ...how } = options;
    const source = path === '-' ? { path, stdin: stdin() } : fileSource(path);
    const outcome = await loadManifest(source, { ...how, now: Date.now, random: Math.random });
    if ('problems' in outcome) {
      read.problems = read.problems.concat(outcome.problems);
      continue;
    }
    const { warnings, ...input } = outcome;
    read.inputs.push({ ...input, path });
    for (const warning of warnings) read.warnings.push(`${showText(path)}: ${warning}`);
  }
  return read;
}

const MOST_PRINTED = 20;

/** Prints problems to standard error, a line each, at most so many and then a count. */
export function printProblems(problems: Problem[], most: number = MOST_PRINTED): void {
  for (const problem of problems.slice(0, most)) {
    process.stderr.write(`${logLine(formatProblem(problem))}\n`);
  }
  const more = problems.length - most;
  if (more > 0) process.stderr.write(`… and ${more} more problem${more === 1 ? '' : 's'}\n`);
}

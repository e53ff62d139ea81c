import { ImgjobError, systemCode } from '../errors.ts';
import { nearFiles } from '../files/near-files.ts';
import { fileSource } from '../files/seekable.ts';
import { didYouMean } from '../terminal/near-names.ts';
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
export async function readManifests(paths: string[], given: ReadOptions): Promise<ReadManifests> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new ImgjobError('usage', 'standard input can only be read once');
  }
  if (paths.includes('-') && given.stdin().isTTY) {
    process.stderr.write('imgjob: reading the manifest from the terminal; Ctrl-D ends it\n');
  }
  const read: ReadManifests = { inputs: [], warnings: [], problems: [] };
  for (const path of paths) {
    const { stdin, ...how } = given;
    const source = path === '-' ? { path, stdin: stdin() } : fileSource(path);
    const options = { ...how, now: Date.now, random: Math.random };
    const outcome = await loadManifest(source, options).catch(async (error: unknown) => {
      throw await withNearFiles(error, path);
    });
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

/** What may have been meant by a file that is not there. */
async function withNearFiles(error: unknown, path: string): Promise<unknown> {
  if (!(error instanceof ImgjobError) || systemCode(error.cause) !== 'ENOENT') return error;
  const hint = didYouMean(await nearFiles(path));
  if (hint === null || error.hint !== undefined) return error;
  return new ImgjobError(error.code, error.message, { cause: error.cause, hint });
}

const MOST_PRINTED = 20;

/** Prints problems to standard error, a line each, at most twenty and then a count. */
export function printProblems(problems: Problem[]): void {
  for (const problem of problems.slice(0, MOST_PRINTED)) {
    process.stderr.write(`${logLine(formatProblem(problem))}\n`);
  }
  const more = problems.length - MOST_PRINTED;
  if (more > 0) process.stderr.write(`… and ${more} more problem${more === 1 ? '' : 's'}\n`);
}

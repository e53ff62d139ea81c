import { compareRuns } from '../diff/compare.ts';
import { comparisonText } from '../diff/comparison-json.ts';
import { comparisonLines, MAX_SHOWN } from '../diff/comparison-lines.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import { printFolded } from '../files/print.ts';
import { standardOutput } from '../files/stream-output.ts';
import type { ResultsDocument } from '../results/document.ts';
import { locateState } from '../state/locate.ts';
import { openResults } from '../state/open-results.ts';
import { detectStyle } from '../terminal/style.ts';

export type DiffOptions = {
  stateDir?: string;
  json: boolean;
  /** By which share a download must have grown to be slower; not asked where absent. */
  slower?: number;
};

/** `imgjob diff <old> <new>`: how two runs differ. Answers 0, or 1 where an image got worse. */
export async function diff(before: string, after: string, options: DiffOptions): Promise<number> {
  if (before === '-' && after === '-') {
    throw new ImgjobError('usage', 'standard input can only be read once');
  }
  const state = () => locateState(options.stateDir, process.env);
  const sources = { command: 'diff', state, stdin: () => process.stdin };
  const old = await openResults(before, sources);
  try {
    const now = await openResults(after, sources);
    try {
      return await compare(old.document, now.document, options);
    } finally {
      await now.close();
    }
  } finally {
    await old.close();
  }
}

async function compare(
  old: ResultsDocument,
  now: ResultsDocument,
  { json, slower }: DiffOptions,
): Promise<number> {
  const limit = json ? Number.POSITIVE_INFINITY : MAX_SHOWN;
  const comparison = await compareRuns(old, now, { slower: slower ?? null, limit });
  if (json) {
    await standardOutput().write(() => comparisonText(comparison));
  } else {
    const style = detectStyle(process.stdout, process.env);
    await printFolded(comparisonLines(comparison, style));
  }
  return comparison.worse ? EXIT.failed : EXIT.ok;
}

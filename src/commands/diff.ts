import { EXIT, ImgjobError } from '../errors.ts';
import { compareRuns } from '../report/compare.ts';
import { comparisonText } from '../report/comparison-json.ts';
import { comparisonLines, MAX_SHOWN } from '../report/comparison-lines.ts';
import { streamOutput } from '../report/output.ts';
import { detectStyle } from '../report/style.ts';
import { type OpenResults, openResults } from './open-results.ts';
import { print } from './print.ts';

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
  const opened: OpenResults[] = [];
  try {
    for (const name of [before, after]) opened.push(await openResults(name, options));
    const [old, now] = opened.map(({ document }) => document);
    if (!old || !now) throw new Error('two documents were opened');
    const comparison = await compareRuns(old, now, {
      slower: options.slower ?? null,
      limit: options.json ? Number.POSITIVE_INFINITY : MAX_SHOWN,
    });
    if (options.json) {
      await streamOutput(process.stdout).write(comparisonText(comparison));
    } else {
      const style = detectStyle(process.stdout, process.env);
      await print(`${comparisonLines(comparison, style).join('\n')}\n`);
    }
    return comparison.worse ? EXIT.failed : EXIT.ok;
  } finally {
    for (const { close } of opened) await close();
  }
}

import type { Reducer } from '../results/reducer.ts';
import type { JobStatus, ResultsHead } from '../results/results-schema.ts';
import type { SlowestStore } from '../results/slowest-store.ts';
import { workedOn } from '../results/snapshot.ts';
import { fold } from '../terminal/columns.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatRate,
  formatSpan,
} from '../terminal/numbers.ts';
import { showShort, showText } from '../terminal/prose.ts';
import { foldCommand } from '../terminal/shell-word.ts';
import { green, red, type Style } from '../terminal/style.ts';
import { causeLines } from './cause-lines.ts';

const MAX_LINES = 25;
const MAX_ID = 40;
/** So far the text of a line is from its beginning, behind a word of 8 letters. */
const INDENT = ' '.repeat(11);

/** What the last lines say, under a word of at most 8 letters: `results  out.json`. */
export type Facts = [name: string, text: string][];

export type SummaryOptions = {
  /** What an ongoing job is called. */
  word: string;
  slowest: SlowestStore | null;
  facts: Facts;
  /** Commands that lead on from here, under a word each as well. */
  steps: Facts;
  /** How wide the terminal is; null where there is none, and lines may be of any length. */
  columns: number | null;
};

/** What a person reads of a job that has ended, or as it stands: at most 25 lines, where they are not folded. */
export function summaryLines(
  reducer: Reducer,
  { word, slowest, facts, steps, columns }: SummaryOptions,
  style: Style,
): string[] {
  const folded = (line: string, index: number) =>
    columns === null ? [line] : fold(line, columns, index === 0 ? '    ' : INDENT);
  const totals = [...totalsOf(reducer, word, style), ...(slowest ? [slowestLine(slowest)] : [])];
  const ends = [
    ...facts.map(([name, text]) => factLine(name, showText(text))),
    ...steps.flatMap(([name, text]) => stepLines(name, showText(text), columns)),
  ];
  // Two blank lines.
  const lines = Math.max(3, MAX_LINES - totals.length - ends.length - 2);
  const causes = causeLines(reducer.failures, { lines, columns, style });
  return [
    ...totals.flatMap(folded),
    ...(causes.length === 0 ? [] : ['', ...causes]),
    ...(ends.length === 0 ? [] : ['', ...ends]),
  ];
}

function factLine(name: string, text: string): string {
  return `  ${name.padEnd(8)} ${text}`;
}

/** A command stays one when it takes several lines. */
function stepLines(name: string, command: string, columns: number | null): string[] {
  if (columns === null) return [factLine(name, command)];
  const [first = '', ...more] = foldCommand(command, columns - INDENT.length - 2);
  return [factLine(name, first), ...more.map((line) => `${INDENT}  ${line}`)];
}

/** One line on a job that failed, with the same facts. */
export function failureLine(reducer: Reducer, facts: Facts): string {
  const { failed, skipped, total } = reducer.summary().stores;
  const counts = `${formatCount(failed)} of ${formatCounted(total, 'store')} failed`;
  const left = skipped > 0 ? `, ${formatCount(skipped)} skipped` : '';
  const more = facts.map(([name, text]) => `${name}: ${showText(text)}`);
  return [`${reducer.job_id}: ${counts}${left}`, ...more].join('; ');
}

function totalsOf(reducer: Reducer, ongoing: string, style: Style): string[] {
  const { stores, images } = reducer.summary();
  const retries = reducer.retries();
  const status = reducer.status();
  const word = status === 'ongoing' ? ongoing : status;
  return [
    `${colored(word, status, style)}  ${reducer.job_id}  ${doneText(reducer)}`,
    `  stores   ${countsOf(stores, ['completed', 'failed', 'skipped', 'ongoing', 'pending'])}`,
    `  images   ${countsOf(images, ['completed', 'failed', 'skipped', 'pending', 'reused'])}`,
    ...(retries > 0 ? [`  retries  ${formatCount(retries)}`] : []),
    ...downloadLine(reducer),
  ];
}

/** `1,963 of 2,000 images in 16.9 s (118/s, 48.2 MB)`: what was worked on in that time. */
function doneText(reducer: Reducer): string {
  const { images } = reducer.summary();
  const { duration_ms } = reducer.times();
  const worked = workedOn(images);
  const rate =
    duration_ms > 0 && worked > 0 ? `${formatRate((worked * 1000) / duration_ms)}, ` : '';
  const bytes = formatBytes(reducer.downloads.bytes());
  const took = `${formatDuration(duration_ms)} (${rate}${bytes})`;
  return workedIn(images, took);
}

type ImageCounts = ResultsHead['summary']['images'];

/** `66 of 2,000 images in 16.9 s`, or `2,000 images: 66 in 16.9 s, 1,934 reused` where all have a result. */
export function workedIn(images: ImageCounts, took: string): string {
  return `${workedText(images)} in ${took}${isWhole(images) ? reusedText(images) : ''}`;
}

function isWhole(images: ImageCounts): boolean {
  return workedOn(images) + images.reused === images.total;
}

/**
 * What was worked on, for the beginning of `… in 16.9 s`: `2,000 images`, `66 of
 * 2,000 images` where the others have no result, or `2,000 images: 66` where
 * these were taken over.
 */
export function workedText(images: ImageCounts): string {
  const worked = workedOn(images);
  const total = formatCounted(images.total, 'image');
  if (worked === images.total) return total;
  return isWhole(images)
    ? `${total}: ${formatCount(worked)}`
    : `${formatCount(worked)} of ${total}`;
}

/** What was taken over, for the end of such a sentence: `, 1,934 reused`. */
export function reusedText({ reused }: Pick<ImageCounts, 'reused'>): string {
  return reused > 0 ? `, ${formatCount(reused)} reused` : '';
}

function downloadLine({ downloads }: Reducer): string[] {
  const [median, most] = [downloads.quantile(0.5), downloads.quantile(0.95)];
  if (median === null || most === null) return [];
  return [`  download p50 ${formatSpan(median)}   p95 ${formatSpan(most)}`];
}

function slowestLine({ store_id, duration_ms, images }: SlowestStore): string {
  const took = `${formatDuration(duration_ms)} for ${formatCounted(images, 'image')}`;
  return `  slowest  ${showShort(store_id, MAX_ID)}, ${took}`;
}

function colored(word: string, status: JobStatus, style: Style): string {
  if (status === 'ongoing') return word;
  return status === 'completed' ? green(word, style) : red(word, style);
}

/** `98 completed   2 failed`: what there is none of is left out. */
function countsOf<Name extends string>(counts: Record<Name, number>, names: Name[]): string {
  const present = names.filter((name) => counts[name] > 0);
  if (present.length === 0) return 'none';
  return present.map((name) => `${formatCount(counts[name])} ${name}`).join('   ');
}

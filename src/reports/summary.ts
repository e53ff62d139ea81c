import type { FailureGroup, FailureSample } from '../results/failures.ts';
import type { Reducer } from '../results/reducer.ts';
import type { JobStatus } from '../results/results-schema.ts';
import type { SlowestStore } from '../results/slowest-store.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatRate,
} from '../terminal/numbers.ts';
import { showShort, showText, showUrl } from '../terminal/prose.ts';
import { green, red, type Style } from '../terminal/style.ts';

const MAX_GROUPS = 6;
const MAX_SAMPLES = 10;
const MAX_ID = 40;
const MAX_MESSAGE = 160;
const MAX_HOST = 80;

/** What the last lines say, under a word of at most 8 letters: `results  out.json`. */
export type Facts = [name: string, text: string][];

export type SummaryOptions = {
  /** What an ongoing job is called. */
  word: string;
  slowest: SlowestStore | null;
  facts: Facts;
};

/** What a person reads of a job that has ended, or as it stands: at most 25 lines. */
export function summaryLines(
  reducer: Reducer,
  { word, slowest, facts }: SummaryOptions,
  style: Style,
): string[] {
  return [
    ...totalsOf(reducer, word, style),
    ...(slowest ? [slowestLine(slowest)] : []),
    ...failuresOf(reducer),
    ...(facts.length === 0 ? [] : ['']),
    ...facts.map(([name, text]) => `  ${name.padEnd(8)} ${showText(text)}`),
  ];
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
  const { stores, images, bytes } = reducer.summary();
  const { duration_ms } = reducer.times();
  const retries = reducer.retries();
  const done = images.completed + images.failed;
  const worked = done - images.reused;
  const rate = duration_ms > 0 ? `${formatRate((worked * 1000) / duration_ms)}, ` : '';
  const status = reducer.status();
  const word = status === 'ongoing' ? ongoing : status;
  const total = formatCounted(images.total, 'image');
  const count = status === 'ongoing' ? `${formatCount(done)} of ${total}` : total;
  return [
    `${colored(word, status, style)}  ${reducer.job_id}  ${count} in ${formatDuration(duration_ms)} (${rate}${formatBytes(bytes)})`,
    `  stores   ${countsOf(stores, ['completed', 'failed', 'skipped', 'ongoing', 'pending'])}`,
    `  images   ${countsOf(images, ['completed', 'failed', 'skipped', 'pending', 'reused'])}`,
    ...(retries > 0 ? [`  retries  ${formatCount(retries)}`] : []),
  ];
}

function slowestLine({ store_id, duration_ms, images }: SlowestStore): string {
  const took = `${formatDuration(duration_ms)} for ${formatCounted(images, 'image')}`;
  return `  slowest  ${shortId(store_id)}, ${took}`;
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

/** Causes, the most frequent first, with the first ten failures spread over them. */
function failuresOf({ failures }: Reducer): string[] {
  const groups = failures.list();
  if (groups.length === 0) return [];
  const shown = groups.slice(0, MAX_GROUPS);
  let samples = MAX_SAMPLES - shown.length;
  const lines = shown.flatMap((group) => {
    const extra = group.samples.slice(1, 1 + samples);
    samples -= extra.length;
    const [first] = group.samples;
    const isOne = group.samples.every(({ message }) => message === first?.message);
    const cause = `  ${formatCount(group.count)} × ${causeOf(group, isOne)}`;
    const text = (sample: FailureSample) => sampleText(sample, isOne ? null : sample.message);
    return [
      `${cause}   ${first ? text(first) : ''}`,
      ...extra.map((sample) => `      ${text(sample)}`),
    ];
  });
  const rest = groups
    .slice(MAX_GROUPS)
    .reduce((sum, { count }) => sum + count, failures.ungrouped());
  return [
    '',
    ...lines,
    ...(rest > 0 ? [`  … and ${formatCounted(rest, 'failure')} of other causes`] : []),
  ];
}

/** With the message where all of the group have the same. */
function causeOf({ code, http_status, host, samples }: FailureGroup, isOne: boolean): string {
  const from = host === null ? '' : showShort(host, MAX_HOST);
  if (code === 'http-status') return `http-status ${http_status} from ${from}`;
  const reason = isOne ? `${code}: ${showShort(samples[0]?.message ?? '', MAX_MESSAGE)}` : code;
  return from === '' ? reason : `${reason}, ${from}`;
}

function sampleText({ store_id, image, images, url }: FailureSample, why: string | null): string {
  const position = `${shortId(store_id)} image ${formatCount(image + 1)} of ${formatCount(images)}`;
  const reason = why === null ? '' : `: ${showShort(why, MAX_MESSAGE)}`;
  return `${position}${reason}  ${showUrl(url)}`;
}

function shortId(store_id: string): string {
  return showShort(store_id, MAX_ID);
}

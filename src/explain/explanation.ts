import type { JobOptions } from '../options/job-options.ts';
import type { ResultsDocument } from '../results/document.ts';
import type { Retried } from '../results/events.ts';
import type { Reason } from '../results/reasons.ts';
import { formatBytes, formatCount, formatCounted, formatSpan } from '../terminal/numbers.ts';
import { showText, showUrl } from '../terminal/prose.ts';
import { green, red, type Style } from '../terminal/style.ts';
import { adviseOn, adviseOnSkipped } from './advice.ts';
import { attemptLines } from './attempt-lines.ts';
import type { Change } from './change.ts';
import type { Cause, Causes, FoundImage, FoundStore } from './findings.ts';
import { type ImagePlace, placeText } from './manifest-places.ts';

/** What is known of an image besides its result. */
export type ImageFacts = {
  /** Attempts that were made again; null where no journal tells of them. */
  retries: Retried[] | null;
  /** Why it failed; null where no journal says more than its code. */
  reason: Reason | null;
  /** What its job ran with when it finished. */
  options: JobOptions;
  /** Where its URL stands; null where nothing tells that. */
  place: ImagePlace | null;
  /** A command that repeats its request; null where there was none. */
  repeat: string | null;
};

/** What everything of one job has in common. */
export type ExplainedJob = {
  head: ResultsDocument['head'];
  /** What an ongoing job is called: running, interrupted. */
  word: string;
  /** How a job that is ongoing goes on; null where it is at it. */
  goOn: string | null;
  /** Whether its job is kept here: else there are sentences in the place of commands. */
  isKept: boolean;
  /** The command that makes a change. */
  again(change: Change): string;
  /** The only store that failed, which can have stopped others. */
  onlyFailed: string | null;
  style: Style;
};

/** The job as a whole; one or two lines where nothing is wrong with it. */
export function jobLines(
  job: ExplainedJob,
  { skippedAfter }: Pick<Causes, 'skippedAfter'>,
): string[] {
  const { job_id, status, started_at, duration_ms, summary } = job.head;
  const { stores, images } = summary;
  const name = showText(job_id);
  const word = status === 'ongoing' ? job.word : status;
  if (stores.failed + stores.skipped + images.failed === 0) return quietLines(job, name, word);
  const withStores = images.skipped - skippedAfter;
  const skipped = [
    ...(skippedAfter > 0
      ? [
          `${counted(skippedAfter)} after a failed image of ${skippedAfter === 1 ? 'its' : 'their'} store`,
        ]
      : []),
    ...(stores.skipped + withStores > 0
      ? [`${formatCounted(stores.skipped, 'store')} with ${counted(withStores)}: ${STOPPED}`]
      : []),
  ];
  return [
    `${name}: ${colored(word, job.style)}`,
    ...field('when', whenOf(started_at, duration_ms)),
    ...field('stores', countsOf(stores, ['completed', 'failed', 'skipped', 'ongoing', 'pending'])),
    ...field('images', countsOf(images, ['completed', 'failed', 'skipped', 'pending'])),
    ...field('skipped', ...skipped),
    ...(status === 'ongoing' ? goOnLines(job) : []),
  ];
}

function goOnLines({ goOn }: ExplainedJob): string[] {
  return goOn === null ? [] : field('go on', showText(goOn));
}

const STOPPED = 'the job stopped at a failure elsewhere (--fail-fast)';

function quietLines(job: ExplainedJob, name: string, word: string): string[] {
  const { status, duration_ms, summary } = job.head;
  const { images, bytes } = summary;
  const stores = formatCounted(summary.stores.total, 'store');
  const took = `${formatSpan(duration_ms)}, ${formatBytes(bytes)}`;
  const state = `${name}: ${colored(word, job.style)}`;
  if (status !== 'ongoing') return [`${state}, ${counted(images.total)} of ${stores} in ${took}`];
  const done = `${formatCount(images.completed)} of ${counted(images.total)} in ${took}`;
  const left = `${formatCount(images.pending)} pending, none failed`;
  return [`${state}, ${done}: ${left}`, ...goOnLines(job)];
}

/** A cause of failures after its first image: the next ones. */
export function otherLines({ count, others }: Cause): string[] {
  if (count === 1) return [];
  const places = others.map(
    ({ store_id, image, images, result }) =>
      `${showText(store_id)}, ${numbered(image, images)}  ${showUrl(result.url)}`,
  );
  const rest = count - 1 - others.length;
  const more = rest > 0 ? [`… and ${formatCount(rest)} more`] : [];
  return field(
    'others',
    `${formatCounted(count - 1, 'more image')} for the same cause`,
    ...places,
    ...more,
  );
}

/** A store as a whole; its failed images are to follow. */
export function storeLines(found: FoundStore, job: ExplainedJob): string[] {
  const { store, store_id, status, started_at, duration_ms, stopper } = found;
  const { total } = job.head.summary.stores;
  const state = `store ${formatCount(store + 1)} of ${formatCount(total)}: ${colored(status, job.style)}`;
  const after = stopper ? ` after image ${formatCount(stopper.image + 1)}, which failed` : '';
  const skipped = found.skipped > 0 ? `${counted(found.skipped)}${after}` : '';
  const stopped = found.status === 'skipped' || (found.skipped > 0 && !stopper);
  return [
    `${showText(store_id)}, ${state}`,
    ...field('when', started_at === null ? '' : whenOf(started_at, duration_ms)),
    ...field('images', found.images === 0 ? 'none' : ''),
    ...field('completed', completedText(found)),
    ...field('failed', found.failedCount > 0 ? counted(found.failedCount) : ''),
    ...field('skipped', skipped),
    ...field('pending', found.pending > 0 ? counted(found.pending) : ''),
    ...(stopped ? [...field('why', stoppedBy(job)), ...changeLines([WITHOUT_FAIL_FAST], job)] : []),
    ...(found.pending > 0 ? goOnLines(job) : []),
  ];
}

const WITHOUT_FAIL_FAST: Change = { what: 'leave out --fail-fast', options: [], by: 'run' };

function completedText({ completed: { count, bytes, slowest } }: FoundStore): string {
  if (count === 0) return '';
  const which = `image ${formatCount(slowest.image + 1)} in ${formatSpan(slowest.duration_ms)}`;
  return `${counted(count)}, ${formatBytes(bytes)}, the slowest ${which}`;
}

/** All that is known of one image. */
export function imageLines(foundImage: FoundImage, facts: ImageFacts, job: ExplainedJob): string[] {
  const { store_id, image, images, result, skipped } = foundImage;
  const { prefetch } = facts.options;
  const place = `${showText(store_id)}, ${numbered(image, images)}`;
  const [attempts = '', ...rows] = attemptLines(result, { retries: facts.retries, prefetch });
  return [
    `${place}: ${colored(result.status, job.style)}`,
    ...field('why', whyOf(foundImage, job)),
    ...field('size', sizeOf(foundImage)),
    ...field('url', showUrl(result.url)),
    ...field('manifest', facts.place === null ? '' : placeText(facts.place)),
    ...field('attempts', attempts),
    ...rows.map((row) => `  ${row}`),
    ...field('skipped', skipped > 0 ? `${counted(skipped)} of ${showText(store_id)} after it` : ''),
    ...field('repeat', facts.repeat === null ? '' : showText(facts.repeat)),
    ...changeLines(changesOf(foundImage, facts), job),
    ...(result.status === 'pending' ? goOnLines(job) : []),
  ];
}

function whyOf({ result, stopper }: FoundImage, job: ExplainedJob): string {
  const { error, status } = result;
  if (error) return `${error.code}: ${messageOf(error)}`;
  if (status === 'pending') return `not finished: the job is ${job.word}`;
  if (status !== 'skipped') return '';
  if (!stopper) return stoppedBy(job);
  const number = formatCount(stopper.image + 1);
  return `image ${number} of its store failed with ${stopper.error.code}: ${messageOf(stopper.error)}`;
}

function messageOf({ message, host }: { message: string; host: string | null }): string {
  return showText(host === null ? message : `${message} (${host})`);
}

function stoppedBy({ onlyFailed }: ExplainedJob): string {
  if (onlyFailed === null) return STOPPED;
  return `the job stopped at the failure of ${showText(onlyFailed)} (--fail-fast)`;
}

function sizeOf({ result }: FoundImage): string {
  const { width, height, format, bytes } = result;
  if (width === null || height === null || format === null) return '';
  const pixels = `${width} x ${height} pixels, ${showText(format)}`;
  return bytes === null ? pixels : `${pixels}, ${formatBytes(bytes)}`;
}

export function changesOf(foundImage: FoundImage, { reason, options }: ImageFacts): Change[] {
  const { result, skipped, stopper } = foundImage;
  const { url, error, bytes, status } = result;
  if (error) return adviseOn({ url, error, reason, bytes, skipped, options });
  if (status !== 'skipped') return [];
  return stopper ? adviseOnSkipped({ skipped: 1, options }) : [WITHOUT_FAIL_FAST];
}

/** Each change as a sentence, and under it the command that makes it. */
function changeLines(changes: Change[], { again }: ExplainedJob): string[] {
  const texts = changes.flatMap((change, index) => {
    const or = index > 0 ? 'or ' : '';
    return [`${or}${change.what}:`, `  ${showText(again(change))}`];
  });
  return field('change', ...texts);
}

/** Lines under a label of at most nine letters; none where there is nothing to say. */
function field(label: string, ...texts: string[]): string[] {
  return texts
    .filter((text) => text !== '')
    .map((text, index) => `  ${(index === 0 ? label : '').padEnd(9)} ${text}`);
}

function numbered(image: number, images: number): string {
  return `image ${formatCount(image + 1)} of ${formatCount(images)}`;
}

function counted(images: number): string {
  return formatCounted(images, 'image');
}

/** `2026-03-01 09:30:00 UTC, 16.9 s`. */
function whenOf(started_at: string | null, duration_ms: number | null): string {
  const begun = started_at?.replace(/T(\d\d:\d\d:\d\d)\..*/, ' $1 UTC');
  const took = duration_ms === null ? undefined : formatSpan(duration_ms);
  return [begun, took].filter((part) => part !== undefined).join(', ');
}

function countsOf<Name extends string>(counts: Record<Name, number>, names: Name[]): string {
  const present = names.filter((name) => counts[name] > 0);
  return present.map((name) => `${formatCount(counts[name])} ${name}`).join('   ');
}

function colored(status: string, style: Style): string {
  if (status === 'completed') return green(status, style);
  return status === 'failed' ? red(status, style) : status;
}

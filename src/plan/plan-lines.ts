import { clip } from '../terminal/columns.ts';
import { formatCount, formatCounted, formatDuration } from '../terminal/numbers.ts';
import { showText, showUrl } from '../terminal/prose.ts';
import type { Style } from '../terminal/style.ts';

const MAX_ID = 40;
/** Columns before the text of a fact. */
const INDENT = 13;

/** Something that occurs, and in how many images. */
export type Counted = { text: string; count: number };

/** How many there are, and the most frequent of them, those first. */
export type Ranking = { total: number; top: Counted[] };

/** What is known of a job before it runs. */
export type PlanFacts = {
  /** The id that its manifest gives it; null where that has none. */
  job_id: string | null;
  /** What its manifest is called. */
  file: string;
  /** A command that names the URLs that can't be fetched. */
  validate: string;
  stores: number;
  empty_stores: number;
  images: number;
  hosts: Ranking;
  /** Images whose URL can't be fetched. */
  bad_urls: number;
  /** URLs that come more than once. */
  repeated: Ranking;
  /** Images with a URL that came before. */
  repeats: number;
  /** So many different URLs were watched for repeats, where there are more; else null. */
  watched_urls: number | null;
  /** Null where there are no images. */
  longest: { store_id: string; images: number } | null;
  schedule: ScheduleFacts;
};

/** How long it takes at least; times are in images one after another. */
export type ScheduleFacts = {
  /** What each image takes, in milliseconds. */
  sleep_ms: number;
  cap: number;
  time: number;
  /** The smallest cap beyond which more does not help. */
  useful_cap: number;
  /** The largest cap that may be asked for. */
  max_cap: number;
  /** With the useful cap, or the largest where that is smaller. */
  best_time: number;
};

/** What a person reads of a job before it runs: at most 26 lines. */
export function planLines(facts: PlanFacts, style: Style): string[] {
  return [
    `plan  ${showText(facts.job_id ?? facts.file)}`,
    ...sizeOf(facts),
    ...urlsOf(facts),
    ...longestOf(facts, style),
    '',
    ...timeOf(facts),
  ];
}

function fact(name: string, text: string): string {
  return `  ${name.padEnd(INDENT - 3)} ${text}`;
}

function sizeOf({ stores, empty_stores, images, hosts }: PlanFacts): string[] {
  const empty = empty_stores > 0 ? `, ${formatCount(empty_stores)} without images` : '';
  const more = hosts.total - hosts.top.length;
  return [
    fact('stores', formatCount(stores) + empty),
    fact('images', formatCount(images)),
    fact('hosts', formatCount(hosts.total)),
    ...rowsOf(hosts.top, (count, host) => `${count}  ${showText(host)}`),
    ...(more > 0 ? [fact('', `… and ${formatCounted(more, 'more host')}`)] : []),
  ];
}

function urlsOf(facts: PlanFacts): string[] {
  const { bad_urls, repeated, repeats, watched_urls } = facts;
  const bad = `${formatCounted(bad_urls, 'image')}; to see ${bad_urls === 1 ? 'it' : 'them'}: ${facts.validate}`;
  const again = `${formatCounted(repeated.total, 'URL')} ${repeated.total === 1 ? 'repeats' : 'repeat'}`;
  const repeating = `${formatCounted(repeats, 'image')} whose URL came before; ${again}`;
  const watched = `counted among the first ${formatCount(watched_urls ?? 0)} different URLs`;
  return [
    fact('bad URLs', bad_urls > 0 ? bad : 'none'),
    fact('repeats', repeats > 0 ? repeating : 'none'),
    ...rowsOf(repeated.top, (count, url) => `${count} × ${showUrl(url) || '(empty)'}`),
    ...(watched_urls === null ? [] : [fact('', watched)]),
  ];
}

/** A line for each, the counts to the right. */
function rowsOf(rows: Counted[], textOf: (count: string, text: string) => string): string[] {
  const counts = rows.map(({ count }) => formatCount(count));
  const width = Math.max(0, ...counts.map((count) => count.length));
  return rows.map(({ text }, row) => fact('', textOf((counts[row] ?? '').padStart(width), text)));
}

function longestOf({ longest }: PlanFacts, style: Style): string[] {
  if (!longest) return [];
  const id = clip(longest.store_id, MAX_ID, style);
  return [fact('longest', `${id}, ${formatCounted(longest.images, 'image')}`)];
}

function timeOf({ images, schedule }: PlanFacts): string[] {
  if (images === 0) return [fact('time', 'none, there is nothing to do')];
  const { sleep_ms, cap, time } = schedule;
  const least = `at least ${timeText(time * sleep_ms)} with -c ${cap} --sleep ${sleepText(sleep_ms)}`;
  return [
    fact('time', sleep_ms > 0 ? least : `what the downloads take, with -c ${cap} --sleep 0`),
    fact('downloads', `add ${timeText(time * 100)} if each takes 100 ms`),
    fact('slots', slotsText(schedule)),
  ];
}

/** Whether another cap is better; caps are written as the command line takes them. */
function slotsText({ sleep_ms, cap, useful_cap, max_cap, best_time }: ScheduleFacts): string {
  const most = Math.min(useful_cap, max_cap);
  const more =
    useful_cap > max_cap
      ? `more would help, up to ${formatCount(useful_cap)}`
      : 'more does not help';
  const best = sleep_ms > 0 ? `takes at least ${timeText(best_time * sleep_ms)}` : 'is fastest';
  if (cap < most) return `-c ${most} ${best}; ${more}`;
  if (cap > most) return `-c ${most} is as fast as -c ${cap}`;
  return `-c ${cap} is ${useful_cap > max_cap ? 'the most there is' : 'just enough'}; ${more}`;
}

/** Milliseconds as a span; a short one is not rounded to nothing. */
function timeText(ms: number): string {
  return ms < 100 ? `${ms} ms` : formatDuration(ms);
}

/** Milliseconds exactly, as `--sleep` takes them. */
function sleepText(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

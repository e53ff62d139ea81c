import type { FailureGroup, FailureGroups, FailureSample } from '../results/failures.ts';
import { clip, clipMiddle, textWidth } from '../terminal/columns.ts';
import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { showShort, showUrl } from '../terminal/prose.ts';
import type { Style } from '../terminal/style.ts';

const MAX_GROUPS = 6;
const MAX_SAMPLES = 10;
const MAX_ID = 40;
const MAX_MESSAGE = 160;
const MAX_HOST = 80;
/** Less of a URL says nothing. */
const SHORTEST_URL = 24;
const SHORTEST_ID = 12;
const INDENT = '      ';

type CauseOptions = {
  /** The most lines there may be. */
  lines: number;
  /** No line is wider; null for as wide as it gets. */
  columns: number | null;
  style: Style;
};

/** A cause with so many of its failures. */
type Shown = { group: FailureGroup; samples: number };

/**
 * The causes of failures, the most frequent first. Each has its first failure;
 * what room there is for more is shared by all of them in turns, and what is
 * not shown is counted.
 */
export function causeLines(failures: FailureGroups, options: CauseOptions): string[] {
  const groups = failures.list();
  const shown = share(groups, failures.ungrouped() > 0, options);
  const rest = groups
    .slice(shown.length)
    .reduce((sum, { count }) => sum + count, failures.ungrouped());
  const more = `  ${signsOf(options).ellipsis} and ${formatCounted(rest, 'failure')} of other causes`;
  return [
    ...shown.flatMap((one) => linesOf(one, options)),
    ...(rest > 0 ? [cut(more, options)] : []),
  ];
}

/** As many causes as have room, and how many failures of each. */
function share(groups: FailureGroup[], hasMore: boolean, options: CauseOptions): Shown[] {
  const shown = groups.slice(0, MAX_GROUPS).map((group) => ({ group, samples: 1 }));
  const needed = () => shown.reduce((sum, one) => sum + linesOf(one, options).length, 0);
  const room = () => options.lines - (hasMore || shown.length < groups.length ? 1 : 0);
  while (shown.length > 1 && needed() > room()) shown.pop();
  for (let turn = 2; turn <= MAX_SAMPLES; turn += 1) {
    for (const one of shown) {
      if (one.samples < turn - 1 || one.group.samples.length < turn) continue;
      if (shown.reduce((sum, { samples }) => sum + samples, 0) === MAX_SAMPLES) return shown;
      one.samples = turn;
      if (needed() > room()) one.samples = turn - 1;
    }
  }
  return shown;
}

function linesOf({ group, samples }: Shown, options: CauseOptions): string[] {
  const [first] = group.samples;
  const isOne = group.samples.every(({ message }) => message === first?.message);
  const { times, ellipsis } = signsOf(options);
  const cause = `  ${formatCount(group.count)} ${times} ${causeOf(group, isOne)}`;
  const rest = group.count - samples;
  const texts = group.samples.slice(0, samples).map((sample) => {
    const why = isOne ? '' : `: ${showShort(sample.message, MAX_MESSAGE)}`;
    return { place: `${placeOf(sample, options)}${why}`, url: showUrl(sample.url) };
  });
  return [
    ...withFirst(cause, texts.shift(), options),
    ...texts.map(({ place, url }) => sampleLine(`${INDENT}${place}`, url, options)),
    ...(rest > 0 ? [cut(`${INDENT}${ellipsis} and ${formatCount(rest)} more`, options)] : []),
  ];
}

/** A cause and its first failure: in one line, where it is wide enough for both. */
function withFirst(
  cause: string,
  first: { place: string; url: string } | undefined,
  options: CauseOptions,
): string[] {
  if (!first) return [cut(cause, options)];
  const line = `${cause}   ${first.place}  ${first.url}`;
  if (options.columns === null || textWidth(line) <= options.columns) return [line];
  return [cut(cause, options), sampleLine(`${INDENT}${first.place}`, first.url, options)];
}

/** What tells one URL from another is at its end: it is cut out of its middle. */
function sampleLine(place: string, url: string, options: CauseOptions): string {
  const { columns, style } = options;
  if (columns === null) return `${place}  ${url}`;
  const free = columns - textWidth(place) - 2;
  return cut(free < SHORTEST_URL ? place : `${place}  ${clipMiddle(url, free, style)}`, options);
}

/** A log is UTF-8, whatever the locale; a terminal may be older. */
function signsOf({ columns, style }: CauseOptions): { times: string; ellipsis: string } {
  const isAscii = columns !== null && !style.unicode;
  return isAscii ? { times: 'x', ellipsis: '...' } : { times: '×', ellipsis: '…' };
}

function cut(line: string, { columns, style }: CauseOptions): string {
  return columns === null ? line : clip(line, columns, style);
}

/** With the message where all of the group have the same. */
function causeOf({ code, http_status, host, samples }: FailureGroup, isOne: boolean): string {
  const from = host === null ? '' : showShort(host, MAX_HOST);
  if (code === 'http-status') return `http-status ${http_status} from ${from}`;
  const reason = isOne ? `${code}: ${showShort(samples[0]?.message ?? '', MAX_MESSAGE)}` : code;
  return from === '' ? reason : `${reason}, ${from}`;
}

function placeOf({ store_id, image, images }: FailureSample, options: CauseOptions): string {
  const { columns, style } = options;
  const id = showShort(store_id, MAX_ID);
  const position = `image ${formatCount(image + 1)} of ${formatCount(images)}`;
  if (columns === null) return `${id} ${position}`;
  const free = columns - INDENT.length - textWidth(position) - 1;
  return `${clipMiddle(id, Math.max(SHORTEST_ID, free), style)} ${position}`;
}

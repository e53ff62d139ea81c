import type { ResultsHead } from '../results/results-schema.ts';
import { clip, textWidth } from '../terminal/columns.ts';
import { formatCount } from '../terminal/numbers.ts';
import { showUrl } from '../terminal/prose.ts';
import { green, red, type Style } from '../terminal/style.ts';
import { CATEGORIES, type Category, type Comparison, SLOWER_FLOOR_MS, WORSE } from './compare.ts';
import type { ImagePair, ImageState } from './image-pairs.ts';

/** How many images of a category people are shown. */
export const MAX_SHOWN = 20;

// What is longer stands out of its column; a store's id is cut.
const MAX_ID = 40;
const MAX_WHAT = 48;
// Servers and documents can say anything; a URL has a limit of its own, of 300.
const MAX_TEXT = 120;
const MAX_URL = 400;

const TITLES: Record<Category, string> = {
  newly_failing: 'newly failing',
  newly_skipped: 'newly skipped or pending',
  slower: 'slower',
  newly_passing: 'newly passing',
  changed: 'changed',
  added: 'added',
  removed: 'removed',
};

// Not that nothing differs: an image may have failed for another reason.
const NOTHING = 'no image got worse or better, changed, came or went';

/** A comparison as people read it: at most 20 images of each category, one line where there is none. */
export function comparisonLines(comparison: Comparison, style: Style): string[] {
  const runs = `${runText(comparison.old, style)} ${arrow(style)} ${runText(comparison.new, style)}`;
  const totals = totalsOf(comparison, style);
  const sections = CATEGORIES.flatMap((category) => sectionOf(category, comparison, style));
  if (sections.length > 0) return [runs, ...totals.lines, ...sections];
  return totals.differ ? [runs, ...totals.lines, '', NOTHING] : [`${NOTHING}: ${runs}`];
}

type Head = Omit<ResultsHead, 'errors'>;

/** `spring-audit (2026-03-01 09:30:00 UTC)` */
function runText({ job_id, status, started_at }: Head, style: Style): string {
  const time = started_at?.replace(/T([\d:]{8}).*/, ' $1 UTC') ?? 'not started';
  const more = status === 'ongoing' && started_at !== null ? ', ongoing' : '';
  return `${foreign(job_id, MAX_ID * 2, style)} (${time}${more})`;
}

const IMAGES = ['completed', 'failed', 'skipped', 'pending', 'reused'] as const;
const STORES = ['completed', 'failed', 'skipped', 'ongoing', 'pending'] as const;

/** `  images   1,961 → 1,950 completed   2 → 8 failed`: what neither has is left out. */
function totalsOf(
  { old, new: now }: Comparison,
  style: Style,
): { lines: string[]; differ: boolean } {
  const stores = countsOf(old.summary.stores, now.summary.stores, style, STORES);
  const images = countsOf(old.summary.images, now.summary.images, style, IMAGES);
  return {
    lines: [`  stores   ${stores.text}`, `  images   ${images.text}`],
    differ: stores.differ || images.differ,
  };
}

function countsOf<Name extends string>(
  before: Record<Name, number>,
  after: Record<Name, number>,
  style: Style,
  names: readonly Name[],
): { text: string; differ: boolean } {
  const present = names.filter((name) => before[name] > 0 || after[name] > 0);
  const texts = present.map((name) => {
    const [was, is] = [formatCount(before[name]), formatCount(after[name])];
    return `${was === is ? is : `${was} ${arrow(style)} ${is}`} ${name}`;
  });
  return {
    text: texts.length === 0 ? 'none' : texts.join('   '),
    differ: names.some((name) => before[name] !== after[name]),
  };
}

function sectionOf(category: Category, comparison: Comparison, style: Style): string[] {
  const count = comparison.counts[category] ?? 0;
  if (count === 0) return [];
  const shown = comparison.differences[category].slice(0, MAX_SHOWN);
  const more = `  ${ellipsis(style)} and ${formatCount(count - shown.length)} more (--json has all)`;
  return [
    '',
    `${titleOf(category, comparison, style)}  ${formatCount(count)}`,
    ...rowsOf(shown.map((pair) => cellsOf(category, pair, style))),
    ...(count > shown.length ? [more] : []),
  ];
}

function titleOf(category: Category, { slower }: Comparison, style: Style): string {
  const title = TITLES[category];
  if (category === 'slower' && slower !== null) {
    // 7% is 0.07, and 100 times that is not 7.
    const share = Number((slower * 100).toFixed(6));
    return red(`${title} by over ${share}%, and by ${SLOWER_FLOOR_MS} ms at least`, style);
  }
  if (WORSE.has(category)) return red(title, style);
  return category === 'newly_passing' ? green(title, style) : title;
}

/** The cells of an image; the URL comes last, for it may be of any length. */
function cellsOf(category: Category, pair: ImagePair, style: Style): string[] {
  const { store_id, image, images, url } = pair;
  return [
    foreign(store_id, MAX_ID, style),
    `image ${formatCount(image + 1)} of ${formatCount(images)}`,
    whatOf(category, pair, style),
    foreign(showUrl(url), MAX_URL, style),
  ];
}

function whatOf(category: Category, { before, after }: ImagePair, style: Style): string {
  const to = ` ${arrow(style)} `;
  if (category === 'slower') return msText(before) + to + msText(after);
  if (category === 'changed') {
    const [was, is] = [sizeText(before, style), sizeText(after, style)];
    return was === is ? `${is}, another picture` : was + to + is;
  }
  const [was, is] = [stateText(before, style), stateText(after, style)];
  if (category === 'removed') return `was ${was}`;
  return category === 'added' ? is : `was ${was}, now ${is}`;
}

/** `completed`, `404 Not Found` */
function stateText(state: ImageState | null, style: Style): string {
  if (!state) return 'not there';
  return state.error ? foreign(state.error.message, MAX_TEXT, style) : state.status;
}

/** `640×480 png` */
function sizeText(state: ImageState | null, style: Style): string {
  const by = style.unicode ? '×' : 'x';
  return `${state?.width ?? '?'}${by}${state?.height ?? '?'} ${foreign(state?.format ?? '?', MAX_ID, style)}`;
}

function msText(state: ImageState | null): string {
  return `${formatCount(state?.download_ms ?? 0)} ms`;
}

/** Cells below one another; the last one of a row is not filled up. */
function rowsOf(rows: string[][]): string[] {
  const limits = [MAX_ID, Number.POSITIVE_INFINITY, MAX_WHAT, 0];
  const widths = limits.map((limit, column) =>
    Math.min(limit, Math.max(...rows.map((row) => textWidth(row[column] ?? '')))),
  );
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(cell)))).join('  ')}`,
  );
}

/** Foreign text, and the sign that what was left out is shown by, as the terminal can show it. */
function foreign(text: string, columns: number, style: Style): string {
  return clip(style.unicode ? text : text.replaceAll('…', '...'), columns, style);
}

function arrow({ unicode }: Style): string {
  return unicode ? '→' : '->';
}

function ellipsis({ unicode }: Style): string {
  return unicode ? '…' : '...';
}

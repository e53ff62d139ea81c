import type { FailureGroup, FailureSample } from '../results/failures.ts';
import type { Reducer } from '../results/reducer.ts';
import type { SlowestStore } from '../results/slowest-store.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from '../terminal/numbers.ts';
import { showShort, showText, showUrl } from '../terminal/prose.ts';
import { reusedText, workedText } from './summary.ts';

const MAX_GROUPS = 20;
const MAX_SAMPLES = 3;
const MAX_ID = 80;
const MAX_MESSAGE = 200;
/** Of the rows together, in characters: a step of GitHub Actions may write 1 MiB for all its jobs. */
const MAX_ROWS = 40_000;
const MARKS = { completed: '✅', failed: '❌', ongoing: '⏸️' };

/**
 * What a reviewer reads of a job, as GitHub Flavored Markdown; some kilobytes.
 * `remarks` are sentences of its end: whether its failures are allowed.
 */
export function markdownOf(
  reducer: Reducer,
  slowest: SlowestStore | null,
  remarks: readonly string[] = [],
): string {
  const { stores, images, attempts } = reducer.summary();
  const bytes = reducer.downloads.bytes();
  const { duration_ms } = reducer.times();
  const status = reducer.status();
  const word = status === 'ongoing' ? 'interrupted' : status;
  return [
    `### ${MARKS[status]} ${code(reducer.job_id)} ${word}`,
    `${workedText(images)} in ${formatDuration(duration_ms)}, ${formatBytes(bytes)}, ${formatCounted(attempts, 'attempt')}${reusedText(images)}`,
    ...remarks.map(asText),
    [
      '| | total | completed | failed | skipped | pending |',
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      row('stores', { ...stores, pending: stores.pending + stores.ongoing }),
      row('images', images),
    ].join('\n'),
    ...slowestLines(slowest),
    ...failures(reducer),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** The same as blocks of text, for a file. */
export async function* markdownText(
  reducer: Reducer,
  slowest: SlowestStore | null,
  remarks: readonly string[] = [],
): AsyncGenerator<string> {
  yield markdownOf(reducer, slowest, remarks);
}

type Counts = Record<'total' | 'completed' | 'failed' | 'skipped' | 'pending', number>;

function row(name: string, counts: Counts): string {
  const { total, completed, failed, skipped, pending } = counts;
  const cells = [total, completed, failed, skipped, pending].map(formatCount);
  return `| ${name} | ${cells.join(' | ')} |`;
}

function slowestLines(store: SlowestStore | null): string[] {
  if (!store) return [];
  const images = formatCounted(store.images, 'image');
  return [
    `Slowest store: ${code(store.store_id, MAX_ID)}, ${formatDuration(store.duration_ms)} for ${images}`,
  ];
}

function failures({ failures }: Reducer): string[] {
  const groups = failures.list();
  if (groups.length === 0) return [];
  const rows: string[] = [];
  let length = 0;
  for (const group of groups.slice(0, MAX_GROUPS)) {
    const text = groupRow(group);
    length += text.length;
    if (length > MAX_ROWS) break;
    rows.push(text);
  }
  const rest = groups
    .slice(rows.length)
    .reduce((sum, { count }) => sum + count, failures.ungrouped());
  return [
    [
      '| failed | cause | host | for example |',
      '| ---: | --- | --- | --- |',
      ...rows,
      ...(rest > 0 ? [`| ${formatCount(rest)} | other causes | | |`] : []),
    ].join('\n'),
  ];
}

function groupRow({ count, code: fault, http_status, host, samples }: FailureGroup): string {
  const cause = fault === 'http-status' ? `${fault} ${http_status}` : fault;
  const examples = samples.slice(0, MAX_SAMPLES).map(example).join('<br>');
  const cells = [formatCount(count), code(cause), host === null ? '' : code(host, MAX_ID)];
  return `| ${[...cells, examples].join(' | ')} |`;
}

function example({ store_id, image, images, url, message }: FailureSample): string {
  const position = `image ${formatCount(image + 1)} of ${formatCount(images)}`;
  return `${code(store_id, MAX_ID)} ${position}: ${code(showUrl(url))}<br>${code(message, MAX_MESSAGE)}`;
}

/**
 * Foreign text as code, where GitHub looks for no mentions and references: of
 * an HTML element, since a span of backticks can't hold all there is in a table.
 */
function code(text: string, most = Number.POSITIVE_INFINITY): string {
  return `<code>${asText(showShort(text, most))}</code>`;
}

/**
 * Foreign text that stays text: what Markdown or HTML could take for something
 * is a character reference (CommonMark 0.31, 2.5: these can't stand for
 * structure). Addresses are found behind references too (GFM 0.29, 6.9): an
 * element breaks them up, which shows nothing.
 */
function asText(text: string): string {
  return showText(text).replace(/www(?=\.)|[^\p{L}\p{N} /.,()-]/giu, (found) => {
    if (found.length === 3) return `${found}<wbr>`;
    const reference = `&#${found.codePointAt(0)};`;
    return found === ':' || found === '@' ? `${reference}<wbr>` : reference;
  });
}

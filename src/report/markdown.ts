import type { FailureGroup } from '../job/failures.ts';
import type { Fold } from '../job/results.ts';
import { showText, showUrl } from '../prose.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from './numbers.ts';

const MAX_GROUPS = 20;
const MAX_SAMPLES = 3;
const MARKS = { completed: '✅', failed: '❌', ongoing: '⏸️' };

/** What a reviewer reads of a job, as GitHub Flavored Markdown; a few kilobytes at most. */
export function markdownOf(fold: Fold): string {
  const { stores, images, bytes, attempts } = fold.summary();
  const { duration_ms } = fold.times();
  const status = fold.status();
  const word = status === 'ongoing' ? 'interrupted' : status;
  const counted = formatCounted(images.total, 'image');
  const slowest = fold.slowest();
  return [
    `### ${MARKS[status]} ${code(fold.job_id)} ${word}`,
    '',
    `${counted} in ${formatDuration(duration_ms)}, ${formatBytes(bytes)}, ${formatCounted(attempts, 'attempt')}`,
    '',
    '| | total | completed | failed | skipped | pending |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    row('stores', { ...stores, pending: stores.pending + stores.ongoing }),
    row('images', images),
    '',
    ...(slowest
      ? [
          `Slowest store: ${code(slowest.store_id)}, ${formatDuration(slowest.duration_ms)} for ${formatCounted(slowest.images, 'image')}`,
          '',
        ]
      : []),
    ...failures(fold),
  ].join('\n');
}

/** The same as blocks of text, for a file. */
export async function* markdownText(fold: Fold): AsyncGenerator<string> {
  yield markdownOf(fold);
}

type Counts = Record<'total' | 'completed' | 'failed' | 'skipped' | 'pending', number>;

function row(name: string, counts: Counts): string {
  const { total, completed, failed, skipped, pending } = counts;
  const cells = [total, completed, failed, skipped, pending].map(formatCount);
  return `| ${name} | ${cells.join(' | ')} |`;
}

function failures(fold: Fold): string[] {
  const groups = fold.failures.list();
  if (groups.length === 0) return [];
  const shown = groups.slice(0, MAX_GROUPS);
  const rest = groups
    .slice(MAX_GROUPS)
    .reduce((sum, { count }) => sum + count, fold.failures.ungrouped());
  return [
    '| failed | cause | host | for example |',
    '| ---: | --- | --- | --- |',
    ...shown.map(groupRow),
    ...(rest > 0 ? [`| ${formatCount(rest)} | other causes | | |`] : []),
    '',
  ];
}

function groupRow({ count, code: fault, http_status, host, samples }: FailureGroup): string {
  const cause = fault === 'http-status' ? `${fault} ${http_status}` : fault;
  const examples = samples
    .slice(0, MAX_SAMPLES)
    .map(({ store_id, image, images, url, message }) => {
      const place = `image ${formatCount(image + 1)} of ${formatCount(images)}`;
      return `${code(store_id)} ${place}: ${code(showUrl(url))}<br>${asText(message)}`;
    });
  const cells = [formatCount(count), code(cause), host === null ? '' : code(host)];
  return `| ${[...cells, examples.join('<br>')].join(' | ')} |`;
}

/** Foreign text as code: of an HTML element, since a span of backticks can't hold all there is in a table. */
function code(text: string): string {
  return `<code>${asText(text)}</code>`;
}

/**
 * Foreign text that stays text: what Markdown or HTML could take for something
 * is a character reference (CommonMark 0.31, 2.5: these can't stand for structure).
 */
function asText(text: string): string {
  return showText(text).replace(
    /[^\p{L}\p{N} /.,()-]/gu,
    (character) => `&#${character.codePointAt(0)};`,
  );
}

import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatRate,
} from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';
import { html, type Markup } from './markup.ts';
import { shareBar } from './share-bar.ts';
import type { Survey } from './survey.ts';
import { STATUSES } from './table.ts';

const STORE_STATUSES = ['completed', 'failed', 'skipped', 'ongoing', 'pending'] as const;

/** The outcome at a glance; `word` is what the job's status is called. */
export function outcomeSection({ head, table }: Survey, word: string): Markup {
  const { job_id, status, summary } = head;
  const hasPictures = table.pictures !== null && table.pictures.kept + table.pictures.linked > 0;
  return html`<header>
<h1>${job_id} <span class="badge ${status}">${word}</span></h1>
<p class="lead">${leadOf(head)}</p>
<p class="muted">${timesOf(head)}</p>
${hasPictures ? html`<p><a href="#pictures">Pictures</a></p>` : html``}</header>
<section aria-labelledby="outcome" class="outcome">
<h2 id="outcome" class="unseen">Outcome</h2>
${outcomeTiles(summary)}
</section>
`;
}

/** How many stores and images have come to what. */
export function outcomeTiles({ stores, images }: Survey['head']['summary']): Markup {
  return html`<div class="pair">
${tiles('stores', stores, STORE_STATUSES)}
${tiles('images', images, STATUSES)}
</div>`;
}

/** What a job has done, in one line. */
export function leadOf({ summary, duration_ms }: Survey['head']): string {
  const { images, bytes, attempts } = summary;
  const done = images.completed + images.failed - images.reused;
  const all = formatCounted(images.total, 'image');
  const worked = done === images.total ? all : `${formatCount(done)} of ${all}`;
  const facts = [
    `${worked} in ${formatDuration(duration_ms)}`,
    ...(images.reused > 0 ? [`${formatCount(images.reused)} reused`] : []),
    ...(done > 0 && duration_ms > 0 ? [formatRate((done * 1000) / duration_ms)] : []),
    formatBytes(bytes),
    formatCounted(attempts, 'attempt'),
  ];
  // Lines break between facts only.
  return facts.map((fact) => fact.replaceAll(' ', '\u00a0')).join(' · ');
}

/** When a job ran, in one line. */
export function timesOf({
  started_at,
  finished_at,
}: Pick<Survey['head'], 'started_at' | 'finished_at'>): string {
  if (started_at === null) return 'not started';
  const from = `${timeText(started_at)} UTC`;
  return finished_at === null ? `from ${from}` : `${from} to ${timeText(finished_at)} UTC`;
}

/** `2026-03-02 09:00:07` */
export function timeText(time: string): string {
  return showText(time)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '');
}

function tiles<Name extends string>(
  what: 'stores' | 'images',
  counts: Record<Name | 'total', number>,
  statuses: readonly Name[],
): Markup {
  const present = statuses.filter((status) => status === 'completed' || counts[status] > 0);
  const parts = present.map((status) => ({ name: status, value: counts[status] }));
  const tile = (name: Name | 'total', word: string) => html`<div class="tile ${name}">
<dt>${word}</dt><dd data-${what}="${name}">${formatCount(counts[name])}</dd></div>
`;
  return html`<div class="card">
<dl class="tiles">${tile('total', counts.total === 1 ? what.slice(0, -1) : what)}${present.map((status) => tile(status, status))}</dl>
${shareBar(parts, `${what} by outcome`)}
</div>`;
}

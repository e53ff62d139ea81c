import { failureSection } from '../html/failure-section.ts';
import { html, type Markup } from '../html/markup.ts';
import { leadOf, outcomeTiles, timesOf } from '../html/outcome-section.ts';
import { timelineSection } from '../html/timeline-section.ts';
import type { JobStateWord } from '../service/service.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatEta,
  formatRate,
} from '../terminal/numbers.ts';
import { latestSection } from './latest-section.ts';
import { type Fragment, pageMarkup } from './layout.ts';
import { slotsSection } from './slots-section.ts';
import type { JobPageView, TimelineView } from './views.ts';

const FRAGMENTS = {
  'job-head': headSection,
  'job-standing': standing,
  'job-pace': paceTiles,
  'job-outcome': outcomeSection,
  'job-slots': slotsSection,
  'job-latest': latestSection,
  'job-failures': failuresPart,
};

/** One job. */
export function jobPage(view: JobPageView, hasSession: boolean): Markup {
  const { job_id, status } = view.head;
  const parts = new Map(jobFragments(view).map(({ id, markup }) => [id, markup]));
  const part = (id: keyof typeof FRAGMENTS) => parts.get(id) ?? html``;
  const main = html`${part('job-head')}<p id="action-problem" class="problem" role="alert"></p>
${downloads(job_id)}${part('job-standing')}${part('job-pace')}${part('job-outcome')}${part('job-slots')}${part('job-latest')}${part('job-failures')}<div id="job-timeline" data-timeline="/jobs/${job_id}/timeline"></div>
`;
  return pageMarkup({
    title: titleOf(view),
    status,
    live: `/jobs/${job_id}/live`,
    scripts: ['live', 'actions', 'copy', 'tooltip', 'job-timeline'],
    ...{ main, hasSession },
  });
}

/** What of that page changes. */
export function jobFragments(view: JobPageView): Fragment[] {
  return Object.entries(FRAGMENTS).map(([id, markupOf]) => ({ id, markup: markupOf(view) }));
}

function titleOf({ head, state }: JobPageView): string {
  return `${head.job_id}: ${state} (imgjob)`;
}

function headSection(view: JobPageView): Markup {
  const { head, state } = view;
  // Scripts take the title from here, and know whether it is worth looking at the timeline again.
  return html`<header id="job-head" data-title="${titleOf(view)}" data-state="${state}">
<h1>${head.job_id} <span class="badge ${state}">${state}</span></h1>
<p class="lead">${isOver(state) ? leadOf(head) : leadSoFar(head)}</p>
<p class="muted">${timesOf(head)}</p>
<div class="actions" id="actions">${actionsOf(view)}</div>
</header>
`;
}

function isOver(state: JobStateWord): boolean {
  return state === 'completed' || state === 'failed';
}

function leadSoFar({ summary }: JobPageView['head']): string {
  const { images, bytes, attempts } = summary;
  const done = `${formatCount(images.total - images.pending)} of ${formatCounted(images.total, 'image')}`;
  return `${done} · ${formatBytes(bytes)} · ${formatCounted(attempts, 'attempt')}`;
}

/** What can be done with a job as it stands. */
function actionsOf({ head, state }: JobPageView): Markup[] {
  const button = (action: string, label: string) =>
    html`<button type="button" id="${action}" data-post="/api/v1/jobs/${head.job_id}/${action}">${label}</button>`;
  const isAtRest = state === 'interrupted' || state === 'cancelled';
  const canRetry = state === 'failed' || (isAtRest && head.summary.images.failed > 0);
  return [
    ...(state === 'running' || state === 'queued' ? [button('cancel', 'Cancel')] : []),
    ...(isAtRest ? [button('resume', 'Resume')] : []),
    ...(canRetry ? [button('retry-failed', 'Retry failed images')] : []),
  ];
}

function downloads(job_id: string): Markup {
  const path = `/api/v1/jobs/${job_id}`;
  return html`<nav class="actions" aria-label="Results and reports">
<a href="${path}/results" download="${job_id}.results.json">Results</a>
<a href="${path}/report.html">Report</a>
<a href="${path}/report.html" download="${job_id}.report.html">Download report</a>
<a href="${path}/junit.xml" download="${job_id}.junit.xml">JUnit XML</a>
</nav>
`;
}

/** For who can't see the page: changes now and then, not every second. */
function standing({ head, state }: JobPageView): Markup {
  const { images, stores } = head.summary;
  const share = images.total === 0 ? 1 : (images.total - images.pending) / images.total;
  const done = state === 'running' ? `, ${Math.floor(share * 10) * 10}% done` : '';
  const failed = stores.failed === 0 ? '' : `, ${formatCounted(stores.failed, 'store')} failed`;
  return html`<p id="job-standing" class="unseen" role="status">${state}${done}${failed}</p>
`;
}

/** How it goes on; nothing of a job that does not. */
function paceTiles({ head, state, rate, eta_ms }: JobPageView): Markup {
  if (state !== 'running') return html`<dl id="job-pace" hidden></dl>\n`;
  const { total, pending } = head.summary.images;
  const share = total === 0 ? 1 : (total - pending) / total;
  const tile = (name: string, value: string) =>
    html`<div class="tile"><dt>${name}</dt><dd>${value}</dd></div>\n`;
  return html`<dl id="job-pace" class="tiles pace">${tile('done', `${Math.floor(share * 100)}%`)}${tile('images a second', rate === null ? '–' : formatRate(rate))}${tile('to go', eta_ms === null ? '–' : formatEta(eta_ms))}${tile('run for', formatDuration(head.duration_ms))}</dl>
`;
}

function outcomeSection({ head }: JobPageView): Markup {
  return html`<section id="job-outcome" aria-labelledby="outcome" class="outcome">
<h2 id="outcome" class="unseen">Outcome</h2>
${outcomeTiles(head.summary)}
</section>
`;
}

function failuresPart({ head, failures }: JobPageView): Markup {
  const options = { results: `${head.job_id}.results.json`, hasTable: false };
  return html`<div id="job-failures">${failureSection({ failures }, options)}</div>
`;
}

/** The timeline of a job so far: what is in the page, and what is drawn. */
export function timelineAnswer(view: TimelineView) {
  const { last_images } = view;
  const cut =
    last_images === null
      ? html``
      : html`<p class="muted">Of the stores that began last, with ${formatCounted(last_images, 'image')}; the report has all.</p>`;
  const markup = html`<div id="job-timeline">${timelineSection(view)}${cut}</div>`;
  return { markup: markup.markup, data: view.timeline.data };
}

import { html, type Markup } from '../html/markup.ts';
import { timeText } from '../html/outcome-section.ts';
import { shareBar } from '../html/share-bar.ts';
import { JOB_STATES, type JobStateWord } from '../service/service.ts';
import {
  formatCount,
  formatCounted,
  formatDuration,
  formatEta,
  formatRate,
} from '../terminal/numbers.ts';
import { fleetSection } from './fleet-section.ts';
import { type Fragment, pageMarkup } from './layout.ts';
import { submitForm } from './submit-form.ts';
import type { JobsPageView, ServedJob } from './views.ts';

/** All jobs, a page of them at a time. */
export function jobsPage(view: JobsPageView, hasSession: boolean): Markup {
  const isEmpty = view.jobs.length === 0 && view.state === null && view.after === null;
  const main = html`<h1>Jobs</h1>
${submitForm({ isOpen: isEmpty })}<section aria-labelledby="list">
<h2 id="list" class="unseen">All jobs</h2>
${jobsFragments(view).map(({ markup }) => markup)}</section>
`;
  return pageMarkup({
    title: 'Jobs (imgjob)',
    status: 'completed',
    live: `/live${queryOf(view.state, view.after)}`,
    scripts: ['live', 'submit'],
    ...{ main, hasSession },
  });
}

/** What of that page changes. */
export function jobsFragments(view: JobsPageView): Fragment[] {
  return [
    { id: 'jobs-states', markup: stateLinks(view) },
    { id: 'jobs', markup: jobsTable(view) },
    { id: 'jobs-more', markup: pageLinks(view) },
    ...(view.workers ? [{ id: 'jobs-fleet', markup: fleetSection(view.workers) }] : []),
  ];
}

function queryOf(state: JobStateWord | null, after: string | null): string {
  const query = new URLSearchParams({
    ...(state === null ? {} : { state }),
    ...(after === null ? {} : { after }),
  });
  return query.size === 0 ? '' : `?${query}`;
}

function stateLinks({ state, counts }: JobsPageView): Markup {
  const link = (word: JobStateWord | null) => {
    const current = word === state ? html` aria-current="page"` : html``;
    const count = word === 'running' || word === 'queued' ? ` ${formatCount(counts[word])}` : '';
    return html`<li><a href="/${queryOf(word, null)}"${current}>${word ?? 'all'}${count}</a></li>`;
  };
  return html`<nav id="jobs-states" aria-label="Jobs by state"><ul class="states">${[null, ...JOB_STATES].map(link)}</ul></nav>
`;
}

function jobsTable({ jobs, state }: JobsPageView): Markup {
  if (jobs.length === 0) {
    const text = state === null ? 'No jobs yet.' : `No job is ${state}.`;
    return html`<div id="jobs" class="card"><p class="muted">${text}</p></div>
`;
  }
  return html`<div id="jobs" class="card scroll" tabindex="0" role="group" aria-labelledby="list"><table>
<thead><tr><th scope="col">job</th><th scope="col">state</th><th scope="col" class="wide">images</th><th scope="col" class="number pace">pace, time</th><th scope="col" class="number when">since, UTC</th></tr></thead>
<tbody>${jobs.map(jobRow)}</tbody>
</table></div>
`;
}

function jobRow(job: ServedJob): Markup {
  const { job_id, state } = job;
  return html`<tr id="row-${job_id}"><th scope="row"><a class="id" href="/jobs/${job_id}">${job_id}</a></th><td><span class="badge ${state}">${state}</span></td><td class="wide">${progressOf(job)}</td><td class="number pace">${paceOf(job)}</td><td class="number when">${timeText(job.submitted_at ?? job.started_at ?? '')}</td></tr>
`;
}

function progressOf({ images, stores, progress }: ServedJob): Markup {
  if (!progress) {
    const of = `${formatCounted(images, 'image')} of ${formatCounted(stores, 'store')}`;
    return html`<span class="muted">${of}</span>`;
  }
  const { images_done, stores_failed } = progress;
  const failed =
    stores_failed === 0
      ? html``
      : html` <span class="count">${formatCounted(stores_failed, 'store')} failed</span>`;
  return html`${shareBar([{ name: 'done', value: images_done }], 'images', Math.max(1, images))}<span class="muted">${formatCount(images_done)} of ${formatCounted(images, 'image')}</span>${failed}`;
}

function paceOf({ progress, duration_ms, state }: ServedJob): string {
  if (state === 'queued') return '';
  if (!progress) return formatDuration(duration_ms);
  const { rate, eta_ms } = progress;
  const parts = [
    ...(rate === null ? [] : [formatRate(rate)]),
    ...(eta_ms === null ? [] : [`${formatEta(eta_ms)} to go`]),
  ];
  return parts.join(' · ');
}

function pageLinks({ state, after, next }: JobsPageView): Markup {
  const newest = after === null ? html`` : html`<a href="/${queryOf(state, null)}">Newest jobs</a>`;
  const older = next === null ? html`` : html`<a href="/${queryOf(state, next)}">Older jobs</a>`;
  return html`<nav id="jobs-more" class="actions" aria-label="More jobs">${newest}${older}</nav>
`;
}

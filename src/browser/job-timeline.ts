import type { DataId, TimelineData } from './data.ts';
import { patch } from './patch.ts';

/** Fetches the timeline of a job: at once, again and again while the job goes on, and at its end. */

const LEAST_MS = 2000;
/** It takes the server no larger part of its time. */
const SHARE = 20;

const section = document.querySelector<HTMLElement>('#job-timeline');
const stateNow = () => document.querySelector<HTMLElement>('#job-head')?.dataset.state ?? '';
const url = section?.dataset.timeline;
let due = 0;
let isFetching = false;
let shownOf = '';

async function refresh(): Promise<void> {
  if (!section || url === undefined || isFetching) return;
  const state = stateNow();
  const isDue = state === 'running' ? performance.now() >= due : state !== shownOf;
  if (!isDue) return;
  isFetching = true;
  const began = performance.now();
  const answer = await fetch(url)
    .then((response) => (response.ok ? response.json() : null))
    // It is asked for again.
    .catch(() => null);
  if (answer) {
    await show(section, answer);
    shownOf = state;
  }
  due = performance.now() + Math.max(LEAST_MS, SHARE * (performance.now() - began));
  isFetching = false;
  // It may have come to its end meanwhile, of which nothing more is told.
  if (stateNow() !== state) void refresh();
}

async function show(
  section: HTMLElement,
  { markup, data }: { markup: string; data: TimelineData },
): Promise<void> {
  patch(section, markup);
  if (!document.querySelector('#timeline')) return;
  const id: DataId = 'timeline-data';
  const known = document.getElementById(id);
  const holder = known ?? document.createElement('script');
  holder.textContent = JSON.stringify(data);
  if (known) {
    document.dispatchEvent(new Event('timeline-changed'));
    return;
  }
  holder.id = id;
  holder.setAttribute('type', 'application/json');
  document.body.append(holder);
  await import('./timeline.ts');
}

document.addEventListener('page-changed', refresh);
void refresh();

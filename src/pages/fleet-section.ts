import { html, type Markup } from '../html/markup.ts';
import { formatCount, formatCounted, formatRate } from '../terminal/numbers.ts';
import { showShort } from '../terminal/prose.ts';
import { restLine } from './rest-line.ts';
import type { ServedWorker } from './views.ts';

/** More are not read. */
const MOST_WORKERS = 50;
/** Whoever reaches the Redis of a fleet can call itself anything. */
const MAX_SHOWN = 60;

/** The workers that run the stores of all jobs, as `imgjob workers` lists them. */
export function fleetSection(workers: readonly ServedWorker[]): Markup {
  const shown = workers.slice(0, MOST_WORKERS);
  return html`<section id="jobs-fleet" aria-labelledby="fleet">
<h2 id="fleet">Fleet</h2>
<p class="muted">${summaryOf(workers)}</p>
${shown.length === 0 ? html`` : tableOf(shown)}${restLine(workers.length - shown.length, 'worker')}</section>
`;
}

function summaryOf(workers: readonly ServedWorker[]): string {
  if (workers.length === 0) return 'No worker is there: the stores wait for one.';
  const sum = (amount: 'slots' | 'busy' | 'images_per_second') =>
    workers.reduce((total, worker) => total + worker[amount], 0);
  const slots = `${formatCount(sum('busy'))} of ${formatCounted(sum('slots'), 'slot')} at work`;
  const rate = formatRate(sum('images_per_second'));
  return `${formatCounted(workers.length, 'worker')} · ${slots} · ${rate}`;
}

function tableOf(workers: readonly ServedWorker[]): Markup {
  return html`<div class="card scroll" tabindex="0" role="group" aria-labelledby="fleet"><table>
<thead><tr><th scope="col">worker</th><th scope="col">work</th><th scope="col" class="number">slots</th><th scope="col" class="number">images</th><th scope="col" class="number">images a second</th><th scope="col" class="number">last beat</th><th scope="col" class="number">version</th></tr></thead>
<tbody>${workers.map(rowOf)}</tbody>
</table></div>
`;
}

function rowOf(worker: ServedWorker): Markup {
  const { host, pid, version, work, slots, busy, images, images_per_second } = worker;
  const beat = `${(worker.beat_ms_ago / 1000).toFixed(1)} s ago`;
  return html`<tr><th scope="row"><span class="id">${showShort(host, MAX_SHOWN)}:${pid}</span></th><td>${showShort(work ?? 'sleep', MAX_SHOWN)}</td><td class="number">${formatCount(busy)} of ${formatCount(slots)}</td><td class="number">${formatCount(images)}</td><td class="number">${images_per_second}</td><td class="number">${beat}</td><td class="number">${showShort(version, MAX_SHOWN)}</td></tr>
`;
}

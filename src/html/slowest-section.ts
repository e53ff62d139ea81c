import { formatBytes, formatCount, formatCounted, formatSpan } from '../terminal/numbers.ts';
import type { HostTimes } from './host-times.ts';
import { html, type Markup } from './markup.ts';
import { shareBar } from './share-bar.ts';
import type { StoreDuration } from './slowest-stores.ts';
import type { Survey } from './survey.ts';

/** The slowest stores and hosts: of one alone there is nothing to compare. */
export function slowestSection({ slowest, hosts }: Survey): Markup {
  return html`${slowest.length > 1 ? storesPart(slowest) : html``}${hosts.slowest.length > 1 ? hostsPart(hosts) : html``}`;
}

function storesPart(slowest: StoreDuration[]): Markup {
  const longest = slowest[0]?.duration_ms ?? 0;
  return html`<section aria-labelledby="stores">
<h2 id="stores">Slowest stores</h2>
<div class="card scroll" tabindex="0" role="group" aria-labelledby="stores"><table>
<thead><tr><th scope="col">store</th><th scope="col" class="number">time</th><th scope="col" class="number">images</th><th scope="col">outcome</th><th scope="col" class="wide">wait, download, work</th></tr></thead>
<tbody>${slowest.map((store) => storeRow(store, longest))}</tbody>
</table></div>
</section>
`;
}

function hostsPart({ slowest, count, hasMore }: Survey['hosts']): Markup {
  const note = `on average, of ${hasMore ? 'over ' : ''}${formatCounted(count, 'host')}`;
  return html`<section aria-labelledby="hosts">
<h2 id="hosts">Slowest hosts</h2>
<p class="muted">${note}; the time of the last attempt at each image</p>
<div class="card scroll" tabindex="0" role="group" aria-labelledby="hosts"><table>
<thead><tr><th scope="col">host</th><th scope="col" class="number">average</th><th scope="col" class="number">longest</th><th scope="col" class="number">images</th><th scope="col" class="number">failed</th><th scope="col" class="number">received</th></tr></thead>
<tbody>${slowest.map(hostRow)}</tbody>
</table></div>
</section>
`;
}

function storeRow(store: StoreDuration, longest: number): Markup {
  const { store_id, duration_ms, done, images, status, wait_ms, download_ms, work_ms } = store;
  const parts = [
    { name: 'wait', value: wait_ms },
    { name: 'download', value: download_ms },
    { name: 'work', value: work_ms },
  ];
  const times = parts.map(({ name, value }) => `${name} ${formatSpan(value)}`).join(', ');
  const count =
    done === images ? formatCount(images) : `${formatCount(done)} of ${formatCount(images)}`;
  return html`<tr><th scope="row"><span class="id">${store_id}</span></th><td class="number">${formatSpan(duration_ms)}</td><td class="number">${count}</td><td><span class="badge ${status}">${status}</span></td><td class="wide" data-tip="${times}">${shareBar(parts, 'share of the longest time', longest)}</td></tr>
`;
}

function hostRow({ host, mean_ms, max_ms, images, failed, bytes }: HostTimes): Markup {
  const time = (ms: number | null) => (ms === null ? '' : formatSpan(ms));
  return html`<tr><th scope="row"><span class="id">${host}</span></th><td class="number">${time(mean_ms)}</td><td class="number">${time(max_ms)}</td><td class="number">${formatCount(images)}</td><td class="number">${formatCount(failed)}</td><td class="number">${formatBytes(bytes)}</td></tr>
`;
}

import { html, type Markup } from '../html/markup.ts';
import { shareBar } from '../html/share-bar.ts';
import type { SlotActivity } from '../job/slots.ts';
import { doingOf } from '../progress/wait.ts';
import { formatCount } from '../terminal/numbers.ts';
import { restLine } from './rest-line.ts';
import type { JobPageView } from './views.ts';

/** More are not read. */
const MOST_SLOTS = 50;

/** What each slot of a job does, and what it waits for. */
export function slotsSection({ slots, now, work }: JobPageView): Markup {
  if (slots.length === 0) return html`<section id="job-slots" hidden></section>\n`;
  const shown = slots.slice(0, MOST_SLOTS);
  return html`<section id="job-slots" aria-labelledby="slots">
<h2 id="slots">Now</h2>
<div class="card scroll" tabindex="0" role="group" aria-labelledby="slots"><table>
<thead><tr><th scope="col">store</th><th scope="col" class="number">image</th><th scope="col" class="wide">of its images</th><th scope="col" class="doing">does</th></tr></thead>
<tbody>${shown.map((slot) => slotRow(slot, now, work))}</tbody>
</table></div>
${restLine(slots.length - shown.length, 'store')}</section>
`;
}

function slotRow(slot: SlotActivity, now: number, work: string | null): Markup {
  const { store_id, image, images, phase } = slot;
  const parts = [{ name: 'done', value: image }];
  return html`<tr><th scope="row"><span class="id">${store_id}</span></th><td class="number">${formatCount(image + 1)} of ${formatCount(images)}</td><td class="wide">${shareBar(parts, 'images', Math.max(1, images))}</td><td class="doing"><span class="swatch ${phase === 'retry' ? 'wait' : phase}"></span>${doingOf(slot, now, work)}</td></tr>
`;
}

import { formatCount, formatCounted, formatSpan } from '../terminal/numbers.ts';
import { html, type Markup } from './markup.ts';
import type { Survey } from './survey.ts';

/** What each slot did when: the drawing is made in the browser. `note` says what a click does. */
export function timelineSection(
  { timeline, head }: Pick<Survey, 'timeline' | 'head'>,
  note = '',
): Markup {
  const { data, slots } = timeline;
  if (data.start.length === 0) {
    return html`<section aria-labelledby="time"><h2 id="time">Timeline</h2>
<p class="muted">No image was worked on.</p></section>
`;
  }
  const parts = partsOf(timeline);
  const hasFailed = data.failed.some((count) => count > 0);
  const unfinished =
    head.status === 'ongoing' ? '; images that had not finished are not drawn' : '';
  const label = `${formatCounted(slots, 'slot')} over ${formatSpan(data.duration_ms)}`;
  const spoken = parts.map(({ name, text }) => `${name} ${text}`).join(', ');
  return html`<section aria-labelledby="time">
<h2 id="time">Timeline</h2>
<p class="muted">${label}${unfinished}${notesOf(timeline)}</p>
<ul class="legend">${parts.map(legendItem)}${hasFailed ? html`<li><span class="swatch failed"></span>failed</li>` : html``}</ul>
<div class="card"><canvas id="timeline" role="img" aria-label="Timeline, ${label}: ${spoken}"></canvas></div>
<p class="muted" id="timeline-note">Point at an image to see its times${note}.</p>
</section>
`;
}

type TimePart = { name: string; text: string };

/** How long all slots together did each of these, and what share of their time that is. */
function partsOf({ data, slots, totals }: Survey['timeline']): TimePart[] {
  const whole = Math.max(1, slots * data.duration_ms);
  const { wait_ms, download_ms, work_ms } = totals;
  const idle_ms = Math.max(0, whole - wait_ms - download_ms - work_ms);
  const part = (name: string, ms: number) => {
    const share = ((100 * ms) / whole).toFixed(1);
    return { name, text: `${formatSpan(ms)} (${share}%)` };
  };
  return [
    part('wait', wait_ms),
    part('download', download_ms),
    part('work', work_ms),
    part('idle', idle_ms),
  ];
}

function legendItem({ name, text }: TimePart): Markup {
  return html`<li><span class="swatch ${name}"></span>${name} <b>${text}</b></li>`;
}

function notesOf({ data, slots }: Survey['timeline']): string {
  const notes = [
    ...(slots > data.lanes ? [`the first ${formatCount(data.lanes)} are drawn`] : []),
    ...(data.images_each > 1 ? [`${data.images_each} images in a row are drawn as one`] : []),
    ...(data.breaks.length > 0
      ? [
          `dashed where the job was interrupted (${formatCounted(data.breaks.length, 'pause')}, left out)`,
        ]
      : []),
  ];
  return notes.map((note) => `; ${note}`).join('');
}

import type { SlotActivity } from '../job/slots.ts';
import type { Snapshot } from '../results/snapshot.ts';
import { clip, clipPadded, drawBar, textWidth } from '../terminal/columns.ts';
import { formatCount, formatCounted, formatEta, formatRate } from '../terminal/numbers.ts';
import { red, type Style } from '../terminal/style.ts';
import type { RunView } from './progress.ts';
import { doingOf } from './wait.ts';

export type Screen = { columns: number; rows: number };
export type FrameOptions = {
  screen: Screen;
  style: Style;
  /** Monotonic milliseconds. */
  now: number;
};

const NAME_COLUMNS = 24;
const STORE_COLUMNS = 10;
const JOB_BAR = 32;
const STORE_BAR = 20;
const SHORTEST_BAR = 8;

/**
 * The lines of one picture of a run: a line for each job over one for each
 * running slot, never more than fit the screen, each shorter than its width.
 */
export function composeFrame(run: RunView, options: FrameOptions): string[] {
  const { rows } = options.screen;
  // One row stays free, so that the picture never scrolls the screen.
  const room = Math.max(1, rows - 1);
  const jobs = run.snapshots().filter(({ images }) => images.pending > 0);
  const active = run.activities.filter((activity) => activity !== null);
  const jobLines = jobs
    .slice(0, Math.max(1, active.length > 0 ? Math.ceil(room / 2) : room))
    .map((job) => jobLine(job, options));
  return [...jobLines, ...slotLines(active, room - jobLines.length, options)];
}

function slotLines(active: SlotActivity[], room: number, options: FrameOptions): string[] {
  const shown = active.length > room ? Math.max(0, room - 1) : active.length;
  const lines = active.slice(0, shown).map((activity) => slotLine(activity, options));
  if (shown < active.length && room > 0) {
    const ellipsis = options.style.unicode ? '…' : '...';
    const more = `  ${ellipsis} and ${formatCounted(active.length - shown, 'more store')}`;
    lines.push(clip(more, options.screen.columns - 1, options.style));
  }
  return lines;
}

function jobLine({ job_id, images, stores, done, rate, eta_ms }: Snapshot, options: FrameOptions) {
  const { screen, style } = options;
  const { total } = images;
  const counts = `${formatCount(done)}/${formatCount(total)} images`;
  const failed = stores.failed > 0 ? `  ${formatCounted(stores.failed, 'store')} failed` : '';
  const speed = rate === null ? '' : `  ${formatRate(rate)}`;
  const eta = eta_ms === null ? '' : `  eta ${formatEta(eta_ms)}`;
  const room = screen.columns - 1;
  // Failures stay longest, the speed goes first where there is little room.
  for (const tail of [`${speed}${eta}${failed}`, `${eta}${failed}`, failed]) {
    const name = clip(job_id, NAME_COLUMNS, style);
    const bar = Math.min(JOB_BAR, room - textWidth(`${name}  ${counts}${tail}`));
    if (bar < SHORTEST_BAR) continue;
    const text = `${name} ${drawBar(total === 0 ? 1 : done / total, bar, style)} ${counts}${tail}`;
    return failed ? text.replace(failed, red(failed, style)) : text;
  }
  return clip(`${counts}${failed}`, room, style);
}

function slotLine(activity: SlotActivity, { screen, style, now }: FrameOptions): string {
  const { store_id, image, images } = activity;
  const room = screen.columns - 1;
  const counts = `${formatCount(image + 1)}/${formatCount(images)}`;
  const doing = doingOf(activity, now);
  const name = `  ${clipPadded(store_id, STORE_COLUMNS, style)} `;
  const bar = Math.min(STORE_BAR, room - textWidth(`${name} ${counts}  `) - 16);
  if (bar < SHORTEST_BAR) return clip(`${name}${counts}  ${doing}`, room, style);
  return clip(`${name}${drawBar(image / images, bar, style)} ${counts}  ${doing}`, room, style);
}

import type { SlotActivity } from '../job/slots.ts';
import { runningJobLines } from './job-lines.ts';
import type { FrameOptions, RunView, Screen } from './progress.ts';
import { slotLines } from './slot-lines.ts';
import { doingOf } from './wait.ts';

/** A smaller screen has no row to spare. */
const SPARE_ROWS = 12;

/**
 * The lines of one picture of a run: a line for each job over one for each
 * running slot, never more than fit the screen, each shorter than its width.
 */
export function composeFrame(run: RunView, options: FrameOptions): string[] {
  const room = rowsFor(options.screen);
  const jobs = run.snapshots();
  const works = new Map(jobs.map(({ job_id, work }) => [job_id, work]));
  const slots = run.activities.flatMap((activity) =>
    activity === null ? [] : slotOf(activity, works, options.now),
  );
  const most = Math.max(1, slots.length > 0 ? Math.ceil(room / 2) : room);
  const running = jobs.filter(({ images }) => images.pending > 0).slice(0, most);
  return [
    ...runningJobLines(running, options),
    ...slotLines(slots, room - running.length, options),
  ];
}

function slotOf(activity: SlotActivity, works: Map<string, string | null>, now: number) {
  const { store_id, image, images, job_id } = activity;
  return { store_id, image, images, doing: doingOf(activity, now, works.get(job_id) ?? null) };
}

/**
 * One row stays free, so that a picture never scrolls the screen; and where
 * there are many a quarter does, for what is printed above the picture.
 */
function rowsFor({ rows }: Screen): number {
  const above = rows < SPARE_ROWS ? 0 : Math.floor(rows / 4);
  return Math.max(1, rows - 1 - above);
}

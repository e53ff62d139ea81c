import type { Progress } from '../progress/progress.ts';
import type { WorkLog } from '../results/events.ts';
import type { Runner } from '../runner/runner.ts';
import { createLog, type Talk } from '../terminal/log.ts';
import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { jsonLine, logLine, showShort } from '../terminal/prose.ts';

/** What a module logs may be anything. */
const MAX_LENGTH = 1000;
const MAX_ID = 40;

/** Where lines are shown; while work is loaded there is no progress yet. */
type Shown = Talk & { batch: { progress: Progress | null } };

/** Shows a line of the work on an image, or of work at large. */
export function logWork(
  line: WorkLog,
  { batch: { progress }, activities, ...talk }: Shown & Pick<Runner, 'activities'>,
): void | Promise<void> {
  if (talk.quiet) return;
  if (talk.progress === 'json') {
    if (progress) return progress.onEvent(line);
    process.stderr.write(`${jsonLine(line)}\n`);
    return;
  }
  const text = `${placeOf(line, activities)}work: ${showShort(line.text, MAX_LENGTH)}`;
  if (progress) progress.note(text);
  else process.stderr.write(`${logLine(text)}\n`);
}

/** `S0012 image 3 `, or nothing where it is not known to be of an image. */
function placeOf(
  { job_id, store, image, batch = 1 }: WorkLog,
  activities: Runner['activities'],
): string {
  if (store === null || image === null) return '';
  const slot = activities.find((one) => one?.job_id === job_id && one.store === store);
  const name = slot ? showShort(slot.store_id, MAX_ID) : `store ${formatCount(store + 1)}`;
  const more = batch > 1 ? ` and ${formatCounted(batch - 1, 'more image')}` : '';
  return `${name} image ${formatCount(image + 1)}${more} `;
}

/** Says how the work itself goes: that it is loaded, or ends, for long. */
export function sayOfWork(text: string, { progress }: Shown['batch'], talk: Talk): void {
  const isHeard = !talk.quiet || text.startsWith('warning:');
  if (!progress || talk.progress === 'json') createLog(talk)(text);
  else if (isHeard) progress.note(`imgjob: ${text}`);
}

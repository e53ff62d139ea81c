import type { JobEvent } from '../results/events.ts';
import { type ImageFailed, isImageFailed } from '../results/failures.ts';
import { clip, clipMiddle, textWidth } from '../terminal/columns.ts';
import { formatCount } from '../terminal/numbers.ts';
import { showShort, showText, showUrl } from '../terminal/prose.ts';
import type { Style } from '../terminal/style.ts';
import type { RunView } from './progress.ts';

/** So many failed images get a line of their own; the others are counted. A log must not drown. */
const MAX_LINES = 10;
const MAX_ID = 40;
/** Less of a URL says nothing. */
const SHORTEST_URL = 24;
const SHORTEST_NAME = 12;

/** Where lines are drawn that must not be wider than it. */
type Room = { columns: number; style: Style };

/** Prints the first failed images as they come, a line each; `room` is null where lines may be of any length. */
export function createFailureLines(
  run: Pick<RunView, 'activities'>,
  print: (line: string) => void,
  room: () => Room | null,
): (event: JobEvent) => void {
  let printed = 0;
  return (event) => {
    if (printed >= MAX_LINES || !isImageFailed(event)) return;
    printed += 1;
    print(failureLine(event, run, room()));
    if (printed === MAX_LINES) print('further failures are only counted');
  };
}

/** `S0031 failed: image 4 of 40 (https://cdn.example/a/3.jpg): 404 Not Found`. */
function failureLine(
  { job_id, store, image, result }: ImageFailed,
  { activities }: Pick<RunView, 'activities'>,
  room: Room | null,
): string {
  const slot = activities.find((one) => one?.job_id === job_id && one.store === store);
  const name = slot ? showShort(slot.store_id, MAX_ID) : `store ${formatCount(store + 1)}`;
  const place = `image ${image + 1}${slot ? ` of ${slot.images}` : ''}`;
  const why = showText(result.error.message);
  const url = showUrl(result.url);
  if (!room) return `${name} failed: ${place} (${url}): ${why}`;
  const { columns, style } = room;
  const text = `${name} failed: ${place}: ${why}`;
  const free = columns - textWidth(text) - ' ()'.length;
  if (free >= SHORTEST_URL) {
    return `${name} failed: ${place} (${clipMiddle(url, free, style)}): ${why}`;
  }
  if (textWidth(text) <= columns) return text;
  // Why it failed says more than where in its store.
  const short = ` failed: ${why}`;
  const left = Math.max(SHORTEST_NAME, columns - textWidth(short));
  return clip(clipMiddle(name, left, style) + short, columns, style);
}

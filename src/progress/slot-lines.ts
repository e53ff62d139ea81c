import { clip, clipPadded, drawBar, widest } from '../terminal/columns.ts';
import { formatCount, formatCounted } from '../terminal/numbers.ts';
import type { FrameOptions } from './progress.ts';

/** A slot as a line shows it. */
type ShownSlot = {
  store_id: string;
  /** Position of the current image in its store. */
  image: number;
  /** How many images the store has. */
  images: number;
  /** What it does, in a few words. */
  doing: string;
};

/** What the columns of all lines are, below one another. */
type Columns = { name: number; bar: number; counts: number };

/** Names are no narrower than this: columns should not jump with each store. */
const SHORTEST_NAME = 10;
/** The bar goes before so much of a name does. */
const SEEN_NAME = 24;
const LONGEST_BAR = 20;
const SHORTEST_BAR = 8;
/** Room for `download 40.3 kB`, and at most for a long wait. */
const DOING = { least: 16, most: 40 };

/** A line for each slot, at most so many, the last of which counts those that have no room. */
export function slotLines(slots: ShownSlot[], room: number, options: FrameOptions): string[] {
  const shown = slots.slice(0, slots.length > room ? Math.max(0, room - 1) : slots.length);
  const columns = columnsFor(shown, options);
  const lines = shown.map((slot) => slotLine(slot, columns, options));
  if (shown.length < slots.length && room > 0) {
    const ellipsis = options.style.unicode ? '…' : '...';
    const more = `  ${ellipsis} and ${formatCounted(slots.length - shown.length, 'more store')}`;
    lines.push(clip(more, options.screen.columns - 1, options.style));
  }
  return lines;
}

/** Names have the room that is free; where there is little the bar goes, and then they are cut. */
function columnsFor(slots: ShownSlot[], { screen, style }: FrameOptions): Columns {
  const counts = widest(slots.map(countsOf));
  const doing = Math.min(
    DOING.most,
    Math.max(DOING.least, widest(slots.map((slot) => slot.doing))),
  );
  const ids = slots.map(({ store_id }) => clip(store_id, screen.columns, style));
  const name = Math.max(SHORTEST_NAME, widest(ids));
  // Blanks: two before the name and before what it does, one before the counts.
  const free = screen.columns - 1 - counts - doing - 5;
  const beside = free - SHORTEST_BAR - 1;
  if (beside < Math.min(name, SEEN_NAME)) {
    return { name: Math.max(SHORTEST_NAME, Math.min(name, free)), bar: 0, counts };
  }
  const seen = Math.min(name, beside);
  return { name: seen, bar: Math.min(LONGEST_BAR, free - seen - 1), counts };
}

function slotLine(slot: ShownSlot, { name, bar, counts }: Columns, options: FrameOptions): string {
  const { screen, style } = options;
  const { image, images } = slot;
  const id = clipPadded(slot.store_id, name, style);
  const drawn = bar === 0 ? '' : `${drawBar([{ share: image / images }], bar, style)} `;
  const text = `  ${id} ${drawn}${countsOf(slot).padStart(counts)}  ${slot.doing}`;
  return clip(text, screen.columns - 1, style);
}

/** How many of its images are done, as the bar has it and the line of the job. */
function countsOf({ image, images }: ShownSlot): string {
  return `${formatCount(image)}/${formatCount(images)}`;
}

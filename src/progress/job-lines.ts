import { type Snapshot, withOutcome } from '../results/snapshot.ts';
import { clip, clipPadded, drawBar, widest } from '../terminal/columns.ts';
import { formatCount, formatEta, formatRate } from '../terminal/numbers.ts';
import { cyan, red, type Style, yellow } from '../terminal/style.ts';
import type { FrameOptions } from './progress.ts';

const LONGEST_BAR = 32;
const SHORTEST_BAR = 8;

/** What a line can say of a job, in this order. */
const CELLS = ['images', 'counts', 'rate', 'eta', 'failed', 'skipped', 'reused'] as const;
type Cell = (typeof CELLS)[number];

const PAINTS: { [Name in Cell]?: (text: string, style: Style) => string } = {
  failed: red,
  skipped: yellow,
  reused: cyan,
};

/**
 * What lines say, from the most to the least; the first that fits is taken. The
 * bar goes first, and when the job ends is said longest. `name` is how much of
 * a name must be seen.
 */
const LAYOUTS: { bar: boolean; name: number; cells: Cell[] }[] = [
  { bar: true, name: 24, cells: ['images', 'rate', 'eta', 'failed', 'skipped', 'reused'] },
  { bar: false, name: 16, cells: ['images', 'rate', 'eta', 'failed', 'skipped', 'reused'] },
  { bar: false, name: 16, cells: ['images', 'eta', 'failed', 'skipped', 'reused'] },
  { bar: false, name: 8, cells: ['counts', 'eta', 'failed', 'skipped', 'reused'] },
  { bar: false, name: 8, cells: ['counts', 'eta', 'failed', 'skipped'] },
  { bar: false, name: 8, cells: ['counts', 'eta', 'failed'] },
  { bar: false, name: 0, cells: ['counts', 'eta', 'failed'] },
  { bar: false, name: 0, cells: ['counts', 'eta'] },
  { bar: false, name: 0, cells: ['eta'] },
];

/** A line for each job, each shorter than the screen is wide, with their cells below one another. */
export function runningJobLines(jobs: Snapshot[], { screen, style }: FrameOptions): string[] {
  const room = screen.columns - 1;
  const ids = jobs.map(({ job_id }) => clip(job_id, room, style));
  const longest = widest(ids);
  for (const { bar, name, cells } of LAYOUTS) {
    const texts = alignedTexts(jobs, cells, style);
    const free = room - widest(texts) - (bar ? SHORTEST_BAR + 1 : 0);
    const names = name === 0 ? 0 : Math.min(longest, free - 1);
    if (names < Math.min(name, longest) || free < 0) continue;
    const spare = room - widest(texts) - names - 2;
    return jobs.map((job, index) => {
      const id = names === 0 ? '' : `${clipPadded(job.job_id, names, style)} `;
      const drawn = bar ? `${jobBar(job, Math.min(LONGEST_BAR, spare), style)} ` : '';
      return `${id}${drawn}${texts[index] ?? ''}`;
    });
  }
  return jobs.map((job) => clip(cellOf(job, 'counts'), room, style));
}

/** What each job's line says behind its bar, cells of a kind below one another. */
function alignedTexts(jobs: Snapshot[], cells: Cell[], style: Style): string[] {
  const columns = cells.map((cell) => {
    const texts = jobs.map((job) => cellOf(job, cell));
    const width = widest(texts);
    return { cell, texts: texts.map((text) => text.padStart(width)) };
  });
  const shown = columns.filter(({ texts }) => texts.some((text) => text !== ''));
  return jobs.map((_, index) =>
    shown
      .map(({ cell, texts }) => painted(texts[index] ?? '', cell, style))
      .join('  ')
      .trimEnd(),
  );
}

function painted(text: string, cell: Cell, style: Style): string {
  return PAINTS[cell]?.(text, style) ?? text;
}

function cellOf({ images, rate, eta_ms }: Snapshot, cell: Cell): string {
  const counts = `${formatCount(withOutcome(images))}/${formatCount(images.total)}`;
  switch (cell) {
    case 'images':
      return `${counts} images`;
    case 'counts':
      return counts;
    case 'rate':
      return rate === null ? '' : formatRate(rate);
    case 'eta':
      return eta_ms === null ? '' : `eta ${formatEta(eta_ms)}`;
    default:
      return images[cell] > 0 ? `${formatCount(images[cell])} ${cell}` : '';
  }
}

/** What was taken over, done, skipped and failed, each as large as its share. */
function jobBar({ images }: Snapshot, columns: number, style: Style): string {
  const { total } = images;
  if (total === 0) return drawBar([{ share: 1 }], columns, style);
  const parts = [
    { share: images.reused / total, paint: cyan },
    { share: (images.completed - images.reused) / total },
    { share: images.skipped / total, paint: yellow },
    { share: images.failed / total, paint: red },
  ];
  return drawBar(parts, columns, style);
}

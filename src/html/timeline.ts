import type { TimelineData } from '../browser/data.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { showText } from '../terminal/prose.ts';
import { parseTime } from '../time.ts';
import { spansOf } from './image-spans.ts';
import { lanesOf } from './lanes.ts';
import { pausesOf, withoutPauses } from './pauses.ts';

/** More would be neither seen nor quickly drawn: then a piece stands for several images in a row. */
const MAX_PIECES = 100_000;
const MAX_LANES = 200;

/** Starts are cut off to milliseconds and durations rounded: a store may seem to begin before the one that it followed. */
const ROUNDING_MS = 2;

export type Timeline = {
  data: TimelineData;
  /** All lanes, also those that are not drawn: as many as stores ran at once. */
  slots: number;
  /** How long all images took together for each of these. */
  totals: { wait_ms: number; download_ms: number; work_ms: number };
};

/** What is known of a store: an image that has no result may be left out. */
type TimedStore = { store_id: string; images: readonly (ImageResult | undefined)[] };

export type TimelineBuilder = {
  /** In manifest order. */
  add(store: TimedStore): void;
  timeline(): Timeline;
};

/** Where the images of a store begin in the columns, and how many there are. */
type StoreSpan = { store_id: string; first: number; count: number; start: number; end: number };

/**
 * What each slot did when, of a job that ran for so many milliseconds. The
 * results do not say which slot a store had: stores are laid into lanes by
 * their times, which comes to the same.
 */
export function createTimeline(busy_ms: number): TimelineBuilder {
  const spans: StoreSpan[] = [];
  const columns: Columns = noColumns();

  function add({ store_id, images }: TimedStore): void {
    const first = columns.start.length;
    for (const [index, image] of images.entries()) {
      const parts = image && spansOf(image);
      if (!parts || image.started_at === null) continue;
      columns.image.push(index + 1);
      columns.start.push(parseTime(image.started_at));
      columns.wait.push(parts.wait_ms);
      columns.download.push(parts.download_ms);
      columns.work.push(parts.work_ms);
      columns.failed.push(image.error ? 1 : 0);
    }
    const count = columns.start.length - first;
    if (count === 0) return;
    const last = first + count - 1;
    const [start, end] = [columns.start[first] ?? 0, endOf(columns, last)];
    spans.push({ store_id: showText(store_id), first, count, start, end });
  }

  return { add, timeline: () => layOut(spans, columns, busy_ms) };
}

type Columns = Pick<TimelineData, 'image' | 'start' | 'wait' | 'download' | 'work' | 'failed'>;

function noColumns(): Columns {
  return { image: [], start: [], wait: [], download: [], work: [], failed: [] };
}

function endOf({ start, wait, download, work }: Columns, piece: number): number {
  return (start[piece] ?? 0) + (wait[piece] ?? 0) + (download[piece] ?? 0) + (work[piece] ?? 0);
}

function layOut(spans: StoreSpan[], columns: Columns, busy_ms: number): Timeline {
  const ends = columns.start.map((_, piece) => endOf(columns, piece));
  const pauses = pausesOf(columns.start, ends, busy_ms);
  const time = withoutPauses(pauses);
  const origin = columns.start.reduce((least, start) => Math.min(least, start), Infinity);
  const byLane = storesByLane(spans);
  const drawn = byLane.slice(0, MAX_LANES);
  const images = drawn.flat().reduce((sum, { count }) => sum + count, 0);
  const data: TimelineData = {
    // What was under way at an interruption is not among the results, but took its time.
    duration_ms: ends.reduce((most, end) => Math.max(most, time(end) - origin), busy_ms),
    lanes: drawn.length,
    breaks: pauses.map(({ start }) => time(start) - origin),
    images_each: Math.max(1, Math.ceil(images / MAX_PIECES)),
    store_ids: [],
    lane: [],
    store: [],
    ...noColumns(),
  };
  for (const [lane, stores] of drawn.entries()) {
    addLane(data, {
      lane,
      stores,
      columns,
      at: (piece) => time(columns.start[piece] ?? 0) - origin,
    });
  }
  return { data, slots: byLane.length, totals: totalsOf(columns) };
}

/** The stores of each lane, in the order of their times. */
function storesByLane(spans: StoreSpan[]): StoreSpan[][] {
  const lanes = lanesOf(
    spans.map(({ start }) => start),
    spans.map(({ start, end }) => Math.max(start, end - ROUNDING_MS)),
  );
  const byLane: StoreSpan[][] = [];
  for (const [index, span] of spans.entries()) {
    const lane = lanes[index] ?? 0;
    const stores = byLane[lane];
    if (stores) stores.push(span);
    else byLane[lane] = [span];
  }
  for (const stores of byLane) stores.sort((a, b) => a.start - b.start);
  return byLane;
}

type Lane = {
  lane: number;
  stores: StoreSpan[];
  columns: Columns;
  at(piece: number): number;
};

/** Appends the pieces of a lane: so many images in a row, of one store or of the next ones too, are one. */
function addLane(data: TimelineData, { lane, stores, columns, at }: Lane): void {
  let images = 0;
  for (const { store_id, first, count } of stores) {
    let position = -1;
    for (let piece = first; piece < first + count; piece += 1, images += 1) {
      if (images % data.images_each === 0) {
        if (position === -1) position = data.store_ids.push(store_id) - 1;
        data.lane.push(lane);
        data.store.push(position);
        data.image.push(columns.image[piece] ?? 0);
        data.start.push(at(piece));
        for (const name of SUMMED) data[name].push(0);
      }
      const last = data.start.length - 1;
      for (const name of SUMMED) {
        data[name][last] = (data[name][last] ?? 0) + (columns[name][piece] ?? 0);
      }
    }
  }
}

const SUMMED = ['wait', 'download', 'work', 'failed'] as const;

function totalsOf({ wait, download, work }: Columns): Timeline['totals'] {
  const sum = (list: number[]) => list.reduce((total, ms) => total + ms, 0);
  return { wait_ms: sum(wait), download_ms: sum(download), work_ms: sum(work) };
}

import type { StoreResult } from '../results/results-schema.ts';
import { showShort } from '../terminal/prose.ts';
import type { Turns } from '../turns.ts';

/** A size in pixels, and how many images have it. */
export type PictureSize = { width: number; height: number; count: number };

/** Images that are drawn as one: where they are by their sizes, as shares of the drawing's width and height from its lower left. */
export type SizeSpot = {
  x: number;
  y: number;
  count: number;
  /** The least and the most. */
  widths: [number, number];
  heights: [number, number];
};

export type FormatShare = { format: string; images: number; bytes: number };

/** The sizes in pixels and the formats of completed images. */
export type PictureSizes = {
  count: number;
  /** How many sizes there are. */
  distinct: number;
  /** The most frequent ones, the most frequent first. */
  common: PictureSize[];
  /** By their area; null where there are none. */
  smallest: PictureSize | null;
  largest: PictureSize | null;
  spots: SizeSpot[];
  /** Pixels at the drawing's lower left and upper right; both axes are logarithmic. */
  from: number;
  to: number;
  /** The most frequent first. */
  formats: FormatShare[];
};

const MOST_COMMON = 8;
const MOST_FORMATS = 12;
/** Of what a format is called: a hostile results file may call it anything. */
const MOST_CHARACTERS = 20;
/** It may also name as many as it has images. */
const MAX_FORMATS = 1000;
export const OTHER_FORMATS = 'other formats';
/** The drawing has at most one spot in each of its fields. */
const FIELDS = { across: 56, up: 40 };
/** The axes are at least so many times as long as they begin, so that one size alone stands in the middle. */
const LEAST_SPAN = 8;
/** Two sides make one number that is exact; larger ones no browser shows. */
const MOST_PIXELS = 2 ** 26 - 1;

/** Gathers sizes and formats: a number for each image, and nothing else that grows. */
export function createPictureSizes() {
  const keys: number[] = [];
  const formats = new Map<string, FormatShare>();

  function addFormat(name: string, bytes: number | null): void {
    const known = formats.has(name) || formats.size < MAX_FORMATS;
    const format = known ? name : OTHER_FORMATS;
    const share = formats.get(format) ?? {
      format: showShort(format, MOST_CHARACTERS),
      images: 0,
      bytes: 0,
    };
    share.images += 1;
    share.bytes += bytes ?? 0;
    formats.set(format, share);
  }

  return {
    add({ images }: StoreResult): void {
      for (const { status, width, height, format, bytes } of images) {
        if (status !== 'completed') continue;
        if (width !== null && height !== null) keys.push(keyOf(width, height));
        if (format !== null) addFormat(format, bytes);
      }
    },
    /** Where there are `turns`, they are kept. */
    async sizes(turns: Turns | null = null): Promise<PictureSizes> {
      const sorted = Float64Array.from(keys).sort();
      await turns?.over();
      const measures = await measured(sorted, turns);
      return { ...measures, formats: firstFormats([...formats.values()]) };
    },
  };
}

/** What there is to say of sizes, which are sorted: there may be a million, and no two alike. */
async function measured(
  keys: Float64Array,
  turns: Turns | null,
): Promise<Omit<PictureSizes, 'formats'>> {
  let [distinct, least, most] = [0, Infinity, 1];
  let smallest: PictureSize | null = null;
  let largest: PictureSize | null = null;
  let common: PictureSize[] = [];
  await eachSize(keys, turns, (size) => {
    distinct += 1;
    least = Math.min(least, size.width, size.height);
    most = Math.max(most, size.width, size.height);
    if (!smallest || areaOf(size) < areaOf(smallest)) smallest = size;
    if (!largest || areaOf(size) >= areaOf(largest)) largest = size;
    if (common.length === MOST_COMMON && size.count <= (common.at(-1)?.count ?? 0)) return;
    common = [...common, size].sort((a, b) => b.count - a.count).slice(0, MOST_COMMON);
  });
  const axes = axesOf(Math.min(least, most), most);
  const spots = await spotsOf(keys, axes, turns);
  return { count: keys.length, distinct, common, smallest, largest, spots, ...axes };
}

function areaOf({ width, height }: PictureSize): number {
  return width * height;
}

function keyOf(width: number, height: number): number {
  const [across, up] = [Math.min(width, MOST_PIXELS), Math.min(height, MOST_PIXELS)];
  return across * (MOST_PIXELS + 1) + up;
}

/** So many sizes are gone through before a turn may be over. */
const SIZES = 1000;

async function eachSize(
  keys: Float64Array,
  turns: Turns | null,
  tell: (size: PictureSize) => void,
): Promise<void> {
  let sizes = 0;
  for (let first = 0; first < keys.length; sizes += 1) {
    if (sizes % SIZES === 0) await turns?.over();
    const key = keys[first] ?? 0;
    let end = first + 1;
    while (keys[end] === key) end += 1;
    const height = key % (MOST_PIXELS + 1);
    tell({ width: (key - height) / (MOST_PIXELS + 1), height, count: end - first });
    first = end;
  }
}

type Axes = Pick<PictureSizes, 'from' | 'to'>;

/** Both axes go over the same pixels, so that squares are on the diagonal. */
function axesOf(least: number, most: number): Axes {
  const middle = Math.sqrt(least * most);
  const reach = Math.max(most / middle, Math.sqrt(LEAST_SPAN)) * 1.15;
  return { from: middle / reach, to: middle * reach };
}

async function spotsOf(
  keys: Float64Array,
  { from, to }: Axes,
  turns: Turns | null,
): Promise<SizeSpot[]> {
  const span = Math.log(to / from);
  const share = (pixels: number) => Math.log(pixels / from) / span;
  const fields = new Map<number, SizeSpot>();
  await eachSize(keys, turns, (size) => {
    const { width, height, count } = size;
    const [x, y] = [share(width), share(height)];
    const field = Math.floor(x * FIELDS.across) * FIELDS.up + Math.floor(y * FIELDS.up);
    const spot = fields.get(field);
    if (spot) widen(spot, { ...size, x, y });
    else fields.set(field, { x, y, count, widths: [width, width], heights: [height, height] });
  });
  // The largest first, so that none is hidden behind it.
  return [...fields.values()].sort((a, b) => b.count - a.count);
}

function widen(spot: SizeSpot, size: PictureSize & { x: number; y: number }): void {
  const sum = spot.count + size.count;
  spot.x += ((size.x - spot.x) * size.count) / sum;
  spot.y += ((size.y - spot.y) * size.count) / sum;
  spot.count = sum;
  stretch(spot.widths, size.width);
  stretch(spot.heights, size.height);
}

function stretch(range: [number, number], pixels: number): void {
  if (pixels < range[0]) range[0] = pixels;
  if (pixels > range[1]) range[1] = pixels;
}

function firstFormats(formats: FormatShare[]): FormatShare[] {
  const isRest = ({ format }: FormatShare) => Number(format === OTHER_FORMATS);
  const sorted = formats.sort((a, b) => isRest(a) - isRest(b) || b.images - a.images);
  const rest = sorted.slice(MOST_FORMATS);
  if (rest.length < 2) return sorted;
  const others = rest.reduce(
    (sum, { images, bytes }) => ({ images: sum.images + images, bytes: sum.bytes + bytes }),
    { images: 0, bytes: 0 },
  );
  return [...sorted.slice(0, MOST_FORMATS), { format: OTHER_FORMATS, ...others }];
}

import type { Fault, Size } from '../job/effects.ts';
import { checkedSize } from './checked-size.ts';
import { noDimensions } from './verdict.ts';

/** Pixels of each unit (CSS Values 4, 6.1 and 6.2); the font is of 16 pixels, and an ex half of that. */
const PIXELS: Record<string, number> = {
  '': 1,
  px: 1,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  pt: 96 / 72,
  pc: 96 / 6,
  em: 16,
  rem: 16,
  ex: 8,
};
const NUMBER = '[+-]?(?:\\d+|\\d*\\.\\d+)(?:e[+-]?\\d+)?';
const LENGTH = new RegExp(`^(${NUMBER})([a-z]*)$`, 'i');
const ONE_NUMBER = new RegExp(`^${NUMBER}$`, 'i');

/** The sides of a replaced element of which nothing is known (CSS 2, 10.3.2 and 10.6.2). */
const DEFAULT_WIDTH = 300;
const DEFAULT_HEIGHT = 150;

type Sides = { width: number; height: number };

/**
 * The size that the root element of an SVG names (SVG 2, 8.2 and 8.6), in whole
 * pixels. One side alone gives the other by the viewBox, or else it is as long as
 * where a browser shows the file: 300 wide, 150 high. A side in percent, or that
 * is no length, is as good as none. With none the viewBox is the size: a browser
 * would fit it into 300×150, which says nothing of the file. With neither there
 * is no size.
 */
export function svgSize(attributes: {
  width: string | undefined;
  height: string | undefined;
  viewBox: string | undefined;
}): Size | Fault {
  const width = pixelsOf(attributes.width);
  const height = pixelsOf(attributes.height);
  const box = viewBoxOf(attributes.viewBox);
  if (width === undefined && height === undefined && box === undefined) {
    return noDimensions('the SVG has no usable width and height or viewBox');
  }
  const sides = wholeSides(width, height, box);
  return checkedSize(Math.round(sides.width), Math.round(sides.height), 'svg');
}

function wholeSides(
  width: number | undefined,
  height: number | undefined,
  box: Sides | undefined,
): Sides {
  if (width !== undefined) {
    const byBox = box ? (width * box.height) / box.width : DEFAULT_HEIGHT;
    return { width, height: height ?? byBox };
  }
  const byBox = box ? box.width : DEFAULT_WIDTH;
  if (height === undefined) return box ?? { width: byBox, height: DEFAULT_HEIGHT };
  return { width: box ? (height * box.width) / box.height : DEFAULT_WIDTH, height };
}

/** A length of a unit that is known without the page; what is no length is undefined. */
function pixelsOf(value = ''): number | undefined {
  const [, number, unit = ''] = LENGTH.exec(value.trim()) ?? [];
  const pixels = PIXELS[unit.toLowerCase()];
  return number === undefined || pixels === undefined ? undefined : Number(number) * pixels;
}

/** Four numbers with commas or space between them, the last two above zero (SVG 2, 8.6). */
function viewBoxOf(value = ''): Sides | undefined {
  const numbers = value.trim().split(/[\s,]+/, 5);
  if (numbers.length !== 4 || !numbers.every((number) => ONE_NUMBER.test(number))) return undefined;
  const [, , width = 0, height = 0] = numbers.map(Number);
  return width > 0 && height > 0 ? { width, height } : undefined;
}

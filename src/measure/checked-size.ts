import { type Fault, isFault, type Size } from '../job/effects.ts';
import { noDimensions } from './verdict.ts';

/** Most pixels of a side, 2^31 − 1: what PNG (W3C PNG, 11.2.1) and most decoders allow. */
const MAX_SIDE = 2_147_483_647;

/** The size, when both sides are whole numbers from 1 to 2^31 − 1; headers can name any. */
export function checkedSize(
  width: number | undefined,
  height: number | undefined,
  format: string,
): Size | Fault {
  if (isSide(width) && isSide(height)) return { width, height, format };
  const sides = `${width ?? 'none'} x ${height ?? 'none'}`;
  return noDimensions(`the ${format.toUpperCase()} header has no usable size (${sides})`);
}

/** Of two sizes the one with more pixels; the first one when they have as many. */
export function larger(first: Size | null, second: Size | Fault): Size | null {
  if (isFault(second)) return first;
  const isLarger = first === null || second.width * second.height > first.width * first.height;
  return isLarger ? second : first;
}

function isSide(side: number | undefined): side is number {
  return Number.isInteger(side) && side !== undefined && side >= 1 && side <= MAX_SIDE;
}

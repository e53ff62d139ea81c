import { imageSize } from 'image-size';
import { type Fault, isFault, type Size } from '../job/effects.ts';
import { corrupt, noDimensions } from './verdict.ts';

/** Most pixels of a side, 2^31 − 1: what PNG (W3C PNG, 11.2.1) and most decoders allow. */
const MAX_SIDE = 2_147_483_647;

/** Headers up to this length are asked about in a buffer that is used again. */
const MAX_KEPT = 64;
const kept: (Buffer | undefined)[] = [];

/**
 * A copy of a header in a buffer of exactly its length: image-size reads past
 * the end of a view into what lies behind it. A `Buffer`, since what image-size
 * cuts from one is a view, where each cut of a Uint8Array makes another buffer
 * for the collector.
 */
function copyExactly(header: Uint8Array): Buffer {
  const { length } = header;
  const copy = kept[length] ?? Buffer.allocUnsafeSlow(length);
  if (length <= MAX_KEPT) kept[length] = copy;
  copy.set(header);
  return copy;
}

/**
 * Asks image-size for the size in a small whole header. `type` is what
 * image-size calls the format, where it differs.
 */
export function readSize(header: Uint8Array, format: string, type = format): Size | Fault {
  const title = format.toUpperCase();
  let found: ReturnType<typeof imageSize>;
  try {
    found = imageSize(copyExactly(header));
  } catch {
    // Plain TypeErrors and RangeErrors, whose texts are no contract.
    return corrupt(`the ${title} header is broken`);
  }
  if (found.type !== type) return corrupt(`the ${title} header is broken`);
  return checkedSize(found.width, found.height, format);
}

/** The size, when both sides are whole numbers from 1 to 2^31 − 1; image-size can answer any. */
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

import { imageSize } from 'image-size';
import type { Fault, Size } from '../job/effects.ts';

const MAX_SIDE = 2 ** 31 - 1;

/**
 * Asks image-size about a header. It gets a complete one in a buffer of its
 * own: of a view it reads past the end, and of a cut one it guesses. Its errors
 * are plain TypeErrors whose texts are no contract; this is the one place that
 * meets them.
 */
export function askImageSize(header: Uint8Array, format: string, name: string): Size | Fault {
  try {
    const { width, height } = imageSize(header);
    return checkSize(width, height, format);
  } catch {
    return corrupt(`the ${name} header is damaged`);
  }
}

/** A size is whole pixels, 1 to 2^31 − 1 on each side. */
export function checkSize(width: unknown, height: unknown, format: string): Size | Fault {
  if (isSide(width) && isSide(height)) return { width, height, format };
  const sides = [width, height].map((side) => (typeof side === 'number' ? side : '?')).join(' × ');
  return measureFault('no-dimensions', `the image says that it has ${sides} pixels`);
}

function isSide(side: unknown): side is number {
  return typeof side === 'number' && Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;
}

export function corrupt(message: string): Fault {
  return measureFault('corrupt-image', message);
}

/** The fault of a body that ends within its header. */
export function cutOff(name: string): Fault {
  return corrupt(`the ${name} is cut off within its header`);
}

/** A fault of measuring; who downloaded the image adds host and status. */
export function measureFault(code: Fault['code'], message: string): Fault {
  return { code, message, http_status: null, host: null };
}

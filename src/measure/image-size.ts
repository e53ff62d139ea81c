import { imageSize } from 'image-size';
import type { Fault, Size } from '../job/effects.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt } from './verdict.ts';

/** Headers up to this length are asked about in a buffer that is used again. */
const MAX_KEPT = 64;
const kept: (Buffer | undefined)[] = [];

/**
 * Asks image-size for the size in a small whole header, for formats where it
 * knows more than where two numbers stand. `type` is what image-size calls the
 * format, where it differs.
 */
export function askImageSize(header: Uint8Array, format: string, type = format): Size | Fault {
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

import type { Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader, viewOf } from './byte-source.ts';
import { checkSize, corrupt, cutOff } from './dimensions.ts';

const MAX_ENTRIES = 4096;
const WIDTH = 256;
const HEIGHT = 257;

export function isTiff(start: Uint8Array): boolean {
  return /^(II[*+]\0|MM\0[*+])$/.test(asciiOf(start, 0, 4));
}

/**
 * TIFF 6.0 and BigTIFF: the size in the first directory, wherever in the file
 * that is; what comes before it is passed over. A reader of its own, because
 * image-size answers the last page's size and needs all bytes up to it.
 */
export function* readTiff(source: ByteSource): HeaderReader<Size | Fault> {
  const order = yield* source.peek(4);
  const little = asciiOf(order, 0, 2) === 'II';
  const big = viewOf(order).getUint16(2, little) === 43;
  const layout = big ? { header: 16, count: 8, entry: 20 } : { header: 8, count: 2, entry: 12 };

  const header = yield* source.take(layout.header);
  if (header.length < layout.header) return cutOff('TIFF');
  const offset = big
    ? Number(viewOf(header).getBigUint64(8, little))
    : viewOf(header).getUint32(4, little);
  if (offset < layout.header) return corrupt('the TIFF directory is at an impossible place');
  yield* source.skip(offset - layout.header);

  const countBytes = yield* source.take(layout.count);
  if (countBytes.length < layout.count) return corrupt('the TIFF ends before its directory');
  const count = big
    ? Number(viewOf(countBytes).getBigUint64(0, little))
    : viewOf(countBytes).getUint16(0, little);
  if (count > MAX_ENTRIES) return corrupt('the TIFF directory has too many entries');
  const entries = yield* source.take(count * layout.entry);
  if (entries.length < count * layout.entry) return corrupt('the TIFF ends within its directory');

  const sides = new Map<number, number | null>();
  for (let start = 0; start < entries.length; start += layout.entry) {
    const entry = viewOf(entries.subarray(start, start + layout.entry));
    sides.set(entry.getUint16(0, little), readValue(entry, little, big));
  }
  return checkSize(sides.get(WIDTH), sides.get(HEIGHT), 'tiff');
}

/** A whole number that stands in its entry: BYTE, SHORT, LONG or LONG8. */
function readValue(entry: DataView, little: boolean, big: boolean): number | null {
  const at = big ? 12 : 8;
  switch (entry.getUint16(2, little)) {
    case 1:
      return entry.getUint8(at);
    case 3:
      return entry.getUint16(at, little);
    case 4:
      return entry.getUint32(at, little);
    case 16:
      return big ? Number(entry.getBigUint64(at, little)) : null;
    default:
      return null;
  }
}

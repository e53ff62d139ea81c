import { skip, take } from './byte-feed.ts';
import { hasAt, u8, u16be, u16le, u32be, u32le, u64be, u64le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

// Tags and types as of TIFF 6.0, 2 and 8; LONG8 is BigTIFF's.
const IMAGE_WIDTH = 256;
const IMAGE_LENGTH = 257;
const BYTE = 1;
const SHORT = 3;
const LONG = 4;
const LONG8 = 16;

/** Most entries of a classic directory; bounds those of a BigTIFF, which could claim 2^64. */
const MAX_ENTRIES = 65_535;

/** Where the two kinds of TIFF differ: their byte order and the width of their offsets. */
type Layout = {
  u16: typeof u16be;
  u32: typeof u32be;
  u64: typeof u64be;
  isBig: boolean;
};

export function isTiff(head: Uint8Array): boolean {
  const isLittle = hasAt(head, 0, 'II*\0') || hasAt(head, 0, 'II+\0');
  return isLittle || hasAt(head, 0, 'MM\0*') || hasAt(head, 0, 'MM\0+');
}

/**
 * TIFF (TIFF 6.0, 2) and BigTIFF: the size in the first directory, wherever in
 * the file it is. Not read by image-size, which can answer the last page's.
 */
export function* readTiff(): SizeReader {
  const start = yield take(8);
  if (start.length < 8) return 'cut-off';
  const layout = layoutOf(start);
  let headerLength = 8;
  let directory = layout.u32(start, 4);
  if (layout.isBig) {
    const rest = yield take(8);
    if (rest.length < 8) return 'cut-off';
    if (layout.u16(start, 4) !== 8) return corrupt('the BigTIFF header is broken');
    headerLength = 16;
    directory = layout.u64(rest, 0);
  }
  if (directory < headerLength) return corrupt('the TIFF has no directory');
  yield skip(directory - headerLength);
  return yield* readDirectory(layout);
}

function* readDirectory(layout: Layout): SizeReader {
  const counted = layout.isBig ? 8 : 2;
  const count = yield take(counted);
  if (count.length < counted) return 'cut-off';
  const entries = layout.isBig ? layout.u64(count, 0) : layout.u16(count, 0);
  const entryLength = layout.isBig ? 20 : 12;
  let width: number | undefined;
  let height: number | undefined;
  for (let index = 0; index < Math.min(entries, MAX_ENTRIES); index += 1) {
    const entry = yield take(entryLength);
    if (entry.length < entryLength) return 'cut-off';
    const tag = layout.u16(entry, 0);
    if (tag === IMAGE_WIDTH) width ??= readValue(entry, layout);
    if (tag === IMAGE_LENGTH) height ??= readValue(entry, layout);
    if (width !== undefined && height !== undefined) break;
  }
  return checkedSize(width, height, 'tiff');
}

/** The one number of an entry, which is small enough to stand in the entry itself. */
function readValue(entry: Uint8Array, layout: Layout): number | undefined {
  const type = layout.u16(entry, 2);
  const at = layout.isBig ? 12 : 8;
  const count = layout.isBig ? layout.u64(entry, 4) : layout.u32(entry, 4);
  if (count !== 1) return undefined;
  if (type === BYTE) return u8(entry, at);
  if (type === SHORT) return layout.u16(entry, at);
  if (type === LONG) return layout.u32(entry, at);
  return type === LONG8 && layout.isBig ? layout.u64(entry, at) : undefined;
}

function layoutOf(start: Uint8Array): Layout {
  const isLittle = hasAt(start, 0, 'I');
  const numbers = isLittle
    ? { u16: u16le, u32: u32le, u64: u64le }
    : { u16: u16be, u32: u32be, u64: u64be };
  return { ...numbers, isBig: numbers.u16(start, 2) === 43 };
}

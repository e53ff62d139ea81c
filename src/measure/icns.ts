import type { Size } from '../job/effects.ts';
import { skip, take } from './byte-feed.ts';
import { fourCharacters, joinBytes, u32be } from './bytes.ts';
import { larger } from './checked-size.ts';
import { askImageSize } from './image-size.ts';
import { corrupt, noDimensions, type SizeReader } from './verdict.ts';

const HEADER = 8;
/** Several times as many as there are kinds of entries. */
const MAX_ENTRIES = 256;
/** Kinds of entries that image-size does not know, or gives a wrong size, and others of their size. */
const SAME_SIZE: Record<string, string> = { ic04: 'icp4', ic05: 'icp5', ic12: 'icp6' };
/** 16 × 12 pixels, which image-size takes for 16 × 16. */
const MINI = new Set(['icm#', 'icm4', 'icm8']);

/**
 * ICNS (Apple Icon Image): the largest of its entries. Each has a type that
 * stands for its size; entries that hold no picture (`TOC `, `icnV`) are passed over.
 */
export function* readIcns(): SizeReader {
  const header = yield take(HEADER);
  if (header.length < HEADER) return 'cut-off';
  const fileLength = u32be(header, 4);
  let largest: Size | null = null;
  let position = HEADER;
  for (let count = 0; position < fileLength; count += 1) {
    const entry = yield take(HEADER);
    if (entry.length < HEADER) return 'cut-off';
    const length = u32be(entry, 4);
    if (length < HEADER || count === MAX_ENTRIES) return corrupt('the ICNS entries are broken');
    const type = fourCharacters(entry, 0);
    if (!MINI.has(type)) largest = larger(largest, sizeOf(SAME_SIZE[type] ?? type));
    position += length;
    if (position < fileLength) yield skip(length - HEADER);
  }
  return largest ?? noDimensions('the ICNS has no picture of a known kind');
}

/** Asks about one entry by itself: image-size gives up at a kind it does not know. */
function sizeOf(type: string) {
  return askImageSize(joinBytes('icns\0\0\0\x10', type, '\0\0\0\x08'), 'icns');
}

import { take } from './byte-feed.ts';
import { hasAt, u16le, u32le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { looksLikeText } from './not-an-image.ts';
import type { SizeReader } from './verdict.ts';

const CORE_HEADER = 12;

/** Whether it starts as a BMP; text may start with "BM" too, but has no such header. */
export function isBmp(head: Uint8Array): boolean {
  if (!hasAt(head, 0, 'BM')) return false;
  return head.length < 18 ? !looksLikeText(head) : isHeaderLength(u32le(head, 14));
}

/** BMP: the file header and a DIB header, whose length tells its kind (Windows GDI, "Bitmap Header Types"). */
export function* readBmp(): SizeReader {
  const header = yield take(18);
  if (header.length < 18) return 'cut-off';
  const isCore = u32le(header, 14) === CORE_HEADER;
  const length = isCore ? 4 : 8;
  const sides = yield take(length);
  if (sides.length < length) return 'cut-off';
  if (isCore) return checkedSize(u16le(sides, 0), u16le(sides, 2), 'bmp');
  // The height is signed: below zero the rows go from the top down.
  return checkedSize(u32le(sides, 0), Math.abs(u32le(sides, 4) | 0), 'bmp');
}

/** OS/2 1 has 12, OS/2 2 from 16 to 64, Windows 40, 52, 56, 108 or 124. */
function isHeaderLength(length: number): boolean {
  const isUsual = length >= 16 && length <= 64 && length % 4 === 0;
  return length === CORE_HEADER || isUsual || length === 108 || length === 124;
}

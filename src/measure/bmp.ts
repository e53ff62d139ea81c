import { take } from './byte-feed.ts';
import { bytesOf, hasAt, u8, u32le } from './bytes.ts';
import { looksLikeText } from './not-an-image.ts';
import { readSize } from './read-size.ts';
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
  return readSize(bytesOf(header, isCore ? widened(sides) : sides), 'bmp');
}

/** The sides of OS/2's first header have 16 bits; image-size reads 32. */
function widened(sides: Uint8Array): Uint8Array {
  return Uint8Array.of(u8(sides, 0), u8(sides, 1), 0, 0, u8(sides, 2), u8(sides, 3), 0, 0);
}

/** OS/2 1 has 12, OS/2 2 from 16 to 64, Windows 40, 52, 56, 108 or 124. */
function isHeaderLength(length: number): boolean {
  const isUsual = length >= 16 && length <= 64 && length % 4 === 0;
  return length === CORE_HEADER || isUsual || length === 108 || length === 124;
}

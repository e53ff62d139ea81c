import { take } from './byte-feed.ts';
import { u32be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import { findBox, isBox } from './iso-boxes.ts';
import { corrupt, noDimensions, type SizeReader } from './verdict.ts';

const IHDR_LENGTH = 14;

/** JP2 and its kin (ISO/IEC 15444-1, I.5.3): the image header box in the header box, wherever that is. */
export function* readJp2(): SizeReader {
  const header = yield* findBox(['jp2h'], 0, Infinity);
  if (!isBox(header)) return header ?? 'cut-off';
  const found = yield* findBox(['ihdr'], header.start, header.end);
  if (!isBox(found)) return found ?? noDimensions('the JP2 names no size');
  if (found.end - found.start !== IHDR_LENGTH) return corrupt('the JP2 header is broken');
  const ihdr = yield take(IHDR_LENGTH);
  if (ihdr.length < IHDR_LENGTH) return 'cut-off';
  return checkedSize(u32be(ihdr, 4), u32be(ihdr, 0), 'jp2');
}

/** A bare JPEG 2000 codestream (ISO/IEC 15444-1, A.5.1). */
export function readJ2c(): SizeReader {
  return readFixedHeader(24, sizeInCodestream);
}

/** The image lies in a reference grid, from an offset on. */
function sizeInCodestream(header: Uint8Array) {
  const width = u32be(header, 8) - u32be(header, 16);
  const height = u32be(header, 12) - u32be(header, 20);
  return checkedSize(width, height, 'j2c');
}

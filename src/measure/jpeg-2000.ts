import { take } from './byte-feed.ts';
import { bytesOf, u32be } from './bytes.ts';
import { findBox, isBox, makeBox } from './iso-boxes.ts';
import { readSize } from './read-size.ts';
import { corrupt, noDimensions, type SizeReader } from './verdict.ts';

const SIGNATURE = makeBox('jP  ', '\r\n\x87\n');
const FTYP = makeBox('ftyp', 'jp2 \0\0\0\0jp2 ');
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
  return readSize(bytesOf(SIGNATURE, FTYP, makeBox('jp2h', makeBox('ihdr', ihdr))), 'jp2');
}

/**
 * A bare JPEG 2000 codestream (ISO/IEC 15444-1, A.5.1). Its image lies in a
 * reference grid, from an offset on that image-size does not take away.
 */
export function* readJ2c(): SizeReader {
  const header = yield take(24);
  if (header.length < 24) return 'cut-off';
  const view = new DataView(header.buffer);
  for (const at of [8, 12]) {
    const side = u32be(header, at) - u32be(header, at + 8);
    view.setUint32(at, Math.max(side, 0));
  }
  return readSize(header, 'j2c');
}

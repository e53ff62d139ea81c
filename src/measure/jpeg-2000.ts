import { take } from './byte-feed.ts';
import { fourCharacters, u32be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import { findBox, isBox, leaveBox } from './iso-boxes.ts';
import { corrupt, noDimensions, type SizeReader, unsupported } from './verdict.ts';

const IHDR_LENGTH = 14;
/** Files of several pictures in the same boxes, by brand (ISO/IEC 15444-6 and -3). */
const OTHERS: Record<string, string> = {
  'jpm ': 'JPM (compound JPEG 2000)',
  mjp2: 'Motion JPEG 2000',
};

/** JP2 and its kin (ISO/IEC 15444-1, I.5.3): the image header box in the header box, wherever that is. */
export function* readJp2(): SizeReader {
  let box = yield* findBox(['ftyp', 'jp2h'], 0, Infinity);
  if (isBox(box) && box.type === 'ftyp') {
    const brand = yield take(4);
    if (brand.length < 4) return 'cut-off';
    const other = OTHERS[fourCharacters(brand, 0)];
    if (other !== undefined)
      return unsupported('unknown-format', `got ${other}, which imgjob can't measure`);
    if (!(yield* leaveBox(box, 4))) return 'cut-off';
    box = yield* findBox(['jp2h'], box.end, Infinity);
  }
  if (!isBox(box)) return box ?? noDimensions('the JP2 has no size');
  const found = yield* findBox(['ihdr'], box.start, box.end);
  if (!isBox(found)) return found ?? noDimensions('the JP2 has no size');
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

import { take } from './byte-feed.ts';
import { hasAt, u32be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

/** A chunk of 4 bytes with its length, type and checksum. */
const CGBI_LENGTH = 16;

/** PNG (W3C PNG, 5.2 and 11.2.1). Apple's own kind has a CgBI chunk of 16 bytes before the IHDR. */
export function* readPng(): SizeReader {
  const start = yield take(24);
  if (start.length < 24) return 'cut-off';
  if (!hasAt(start, 12, 'CgBI')) return sizeIn(start, 12);
  const rest = yield take(CGBI_LENGTH);
  // 28 bytes into the file, 24 of which are read: the type of the second chunk.
  return rest.length < CGBI_LENGTH ? 'cut-off' : sizeIn(rest, 4);
}

function sizeIn(header: Uint8Array, at: number) {
  if (!hasAt(header, at, 'IHDR')) return corrupt('the PNG header is broken');
  return checkedSize(u32be(header, at + 4), u32be(header, at + 8), 'png');
}

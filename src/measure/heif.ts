import { isFault } from '../job/effects.ts';
import { type ByteReader, take } from './byte-feed.ts';
import { u8, u16be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { formatOfBrands, type HeifFormat } from './heif-brands.ts';
import { readPrimaryItem } from './heif-items.ts';
import { readTracks } from './heif-tracks.ts';
import { type Box, type BoxBudget, createBoxBudget, findBox, isBox, readBox } from './iso-boxes.ts';
import {
  corrupt,
  noDimensions,
  type SizeReader,
  type SizeVerdict,
  unsupported,
} from './verdict.ts';

const MAX_BRANDS_LENGTH = 4096;
/** The bytes of a `mini` box up to the longer kind of sides. */
const MINI_START = 6;

/**
 * HEIF, HEIC and AVIF (ISO/IEC 23008-12): the size of the primary item, or of the
 * sequence where no item is the primary one. Crops (`clap`) and rotations are not
 * applied. Nothing else is kept, so that the picture data may come first.
 */
export function* readHeif(): SizeReader {
  const ftyp = yield* readBox(0, Infinity);
  if (!isBox(ftyp)) return ftyp ?? 'cut-off';
  const length = ftyp.end - ftyp.start;
  if (length > MAX_BRANDS_LENGTH) return corrupt('the brands of the file are broken');
  const brands = yield take(length);
  if (brands.length < length) return 'cut-off';
  const format = formatOfBrands(brands);
  if (!format) return unsupported('not-an-image', 'got a video or a file like it, not an image');
  return yield* readFile(ftyp.end, format);
}

/** The boxes behind `ftyp`; the tracks count only where no item does, even when they come first. */
function* readFile(start: number, format: HeifFormat): SizeReader {
  const budget = createBoxBudget();
  let sequence: { width: number; height: number } | null = null;
  let at = start;
  for (;;) {
    const box = yield* findBox(['meta', 'mini', 'moov'], at, Infinity, budget);
    if (box === null) break;
    if (!isBox(box)) return box;
    if (box.type === 'moov') {
      const found = yield* readTracks(box, budget);
      if (found === 'cut-off' || (found !== null && isFault(found))) return found;
      sequence ??= found;
    } else {
      const found = yield* readPicture(box, format, budget);
      if (found !== null) return found;
    }
    at = box.end;
  }
  if (sequence) return checkedSize(sequence.width, sequence.height, format);
  return noDimensions(`the ${format.toUpperCase()} has no size`);
}

function* readPicture(
  box: Box,
  format: HeifFormat,
  budget: BoxBudget,
): ByteReader<SizeVerdict | null> {
  return box.type === 'mini'
    ? yield* readMini(box, format)
    : yield* readPrimaryItem(box, format, budget);
}

/**
 * `mini`, in place of `meta` for small files (ISO/IEC 23008-12, annex O): behind
 * 16 bits of version and flags a bit that says whether the sides have 15 bits or 7.
 */
function* readMini(mini: Box, format: HeifFormat): SizeReader {
  if (mini.end - mini.start < MINI_START) return corrupt('the mini box is broken');
  const start = yield take(MINI_START);
  if (start.length < MINI_START) return 'cut-off';
  if (u8(start, 0) >> 6 !== 0)
    return unsupported('unknown-format', 'got a mini box of an unknown version');
  const isLarge = u8(start, 2) >> 7 === 1;
  const width = isLarge ? u16be(start, 2) & 0x7fff : u8(start, 2);
  const height = isLarge ? u16be(start, 4) >> 1 : u8(start, 3) >> 1;
  return checkedSize(width + 1, height + 1, format);
}

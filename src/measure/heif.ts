import type { Size } from '../job/effects.ts';
import { skip, take } from './byte-feed.ts';
import { bytesOf, fourCharacters } from './bytes.ts';
import { larger } from './checked-size.ts';
import { askImageSize } from './image-size.ts';
import { type Box, createBoxBudget, findBox, isBox, makeBox, readBox } from './iso-boxes.ts';
import { corrupt, noDimensions, type SizeReader, unsupported } from './verdict.ts';

type Format = 'avif' | 'heic' | 'heif';

/** What a brand says of the format (ISO/IEC 23008-12, 10 and annex B; AVIF 1.1, 6). */
const FORMATS: Record<string, Format> = {
  avif: 'avif',
  avis: 'avif',
  heic: 'heic',
  heix: 'heic',
  heim: 'heic',
  heis: 'heic',
  hevc: 'heic',
  hevx: 'heic',
  mif1: 'heif',
  msf1: 'heif',
};
/** A brand by which image-size knows each format. */
const BRANDS: Record<Format, string> = { avif: 'avif', heic: 'heic', heif: 'mif1' };
const MAX_BRANDS_LENGTH = 4096;
const MAX_PICTURES = 1000;

/**
 * HEIF, HEIC and AVIF (ISO/IEC 23008-12): the largest of the pictures whose size
 * (`ispe`) is among the item properties; the tiles and thumbnails of a picture are
 * smaller. Nothing else is kept, so that the picture data may come first.
 */
export function* readHeif(): SizeReader {
  const ftyp = yield* readBox(0, Infinity);
  if (!isBox(ftyp)) return ftyp;
  const length = ftyp.end - ftyp.start;
  if (length > MAX_BRANDS_LENGTH) return corrupt('the brands of the file are broken');
  const brands = yield take(length);
  if (brands.length < length) return 'cut-off';
  const format = formatOf(brands);
  if (!format) return unsupported('not-an-image', 'got a video or a file like it, not an image');

  const meta = yield* findBox(['meta'], ftyp.end, Infinity);
  if (!isBox(meta)) return meta ?? 'cut-off';
  yield skip(4); // version and flags
  const properties = yield* findBox(['iprp'], meta.start + 4, meta.end);
  if (!isBox(properties)) return properties ?? noSize(format);
  const container = yield* findBox(['ipco'], properties.start, properties.end);
  if (!isBox(container)) return container ?? noSize(format);
  return yield* readPictures(container, format);
}

function* readPictures(container: Box, format: Format): SizeReader {
  const budget = createBoxBudget();
  let largest: Size | null = null;
  let at = container.start;
  for (let count = 0; count < MAX_PICTURES; count += 1) {
    const found = yield* findBox(['ispe'], at, container.end, budget);
    if (found === null) return largest ?? noSize(format);
    if (!isBox(found)) return found;
    const length = found.end - found.start;
    if (length < 12) return corrupt(`the ${format.toUpperCase()} has a broken size`);
    const contents = yield take(12);
    if (contents.length < 12) return 'cut-off';
    largest = larger(largest, sizeOf(contents, format));
    yield skip(length - 12);
    at = found.end;
  }
  return noDimensions(`the ${format.toUpperCase()} has more than ${MAX_PICTURES} sizes`);
}

/** Asks about one picture in a file without crops (`clap`), which image-size reads wrongly. */
function sizeOf(ispe: Uint8Array, format: Format) {
  const properties = makeBox('iprp', makeBox('ipco', makeBox('ispe', ispe)));
  const ftyp = makeBox('ftyp', BRANDS[format], '\0\0\0\0');
  return askImageSize(
    bytesOf(ftyp, makeBox('meta', '\0\0\0\0', properties)),
    format,
    BRANDS[format],
  );
}

/** The major brand says it; where it is of another kind, the most telling of the compatible ones. */
function formatOf(brands: Uint8Array): Format | undefined {
  const major = FORMATS[fourCharacters(brands, 0)];
  if (major) return major;
  const formats = new Set<Format>();
  for (let at = 8; at + 4 <= brands.length; at += 4) {
    const format = FORMATS[fourCharacters(brands, at)];
    if (format) formats.add(format);
  }
  return (['avif', 'heic', 'heif'] as const).find((format) => formats.has(format));
}

function noSize(format: Format) {
  return noDimensions(`the ${format.toUpperCase()} names no size`);
}

import type { Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader, joinBytes, viewOf } from './byte-source.ts';
import { askImageSize, corrupt, cutOff, measureFault } from './dimensions.ts';

const MAX_BOXES = 1000;
// image-size takes quadratic time with the number of boxes: 64 KiB is 50 ms at the worst.
const MAX_KEPT = 65_536;
// Enough of a JPEG XL codestream for its size.
const CODESTREAM_HEAD = 64;

/** Brands of HEIF files (ISO 23008-12) that image-size knows, and our names for their format. */
const HEIF_BRANDS: Record<string, string> = {
  avif: 'avif',
  heic: 'heic',
  heix: 'heic',
  hevc: 'heic',
  hevx: 'heic',
  mif1: 'heif',
  msf1: 'heif',
};

type Family = { name: string; format: string; keep: readonly string[]; last: readonly string[] };

/** The families of files made of boxes (ISO 14496-12), told by the type of their first box. */
const FAMILIES: Record<string, Family> = {
  ftyp: { name: 'HEIF', format: 'heif', keep: ['ftyp'], last: ['meta'] },
  'jP  ': { name: 'JPEG 2000', format: 'jp2', keep: ['jP  ', 'ftyp'], last: ['jp2h'] },
  'JXL ': { name: 'JPEG XL', format: 'jxl', keep: ['JXL ', 'ftyp'], last: ['jxlc', 'jxlp'] },
};

export function hasBoxes(start: Uint8Array): boolean {
  return asciiOf(start, 4, 8) in FAMILIES;
}

type Box = { type: string; payload: number };

/**
 * HEIF, AVIF, JPEG 2000 and JPEG XL in their containers: keeps the few boxes
 * that say the size, passes over the others, of any length and in any order,
 * and gives image-size a small file of them.
 */
export function* readBoxes(source: ByteSource): HeaderReader<Size | Fault> {
  const family = FAMILIES[asciiOf(yield* source.peek(8), 4, 8)];
  if (!family) return corrupt('the file has no boxes');
  const kept: Uint8Array[] = [];
  let format = family.format;
  for (let count = 0; count < MAX_BOXES; count += 1) {
    const box = yield* readBox(source);
    if (box === null) return cutOff(family.name);
    if (box.payload < 0) return corrupt(`a box of the ${family.name} has an impossible length`);
    const isLast = family.last.includes(box.type);
    if (!isLast && !family.keep.includes(box.type)) {
      yield* source.skip(box.payload);
      continue;
    }
    const length = box.type.startsWith('jxl')
      ? Math.min(box.payload, CODESTREAM_HEAD)
      : box.payload;
    if (length > MAX_KEPT) {
      return measureFault('no-dimensions', `the ${family.name} header is larger than 64 KiB`);
    }
    const payload = yield* source.take(length);
    if (payload.length < length) return cutOff(family.name);
    if (box.type === 'ftyp' && family.format === 'heif') {
      const brand = chooseBrand(payload);
      if (brand === null) {
        return measureFault('unsupported-format', 'this kind of media file is no image known here');
      }
      format = HEIF_BRANDS[brand] ?? format;
    }
    if (box.type === 'meta') neutraliseCrops(payload);
    kept.push(makeBox(box.type, payload));
    if (isLast) return askImageSize(joinBytes(kept), format, family.name);
  }
  return corrupt(`the ${family.name} has no header in its first ${MAX_BOXES} boxes`);
}

/** The head of a box: a length of 32 or 64 bits, or 0 for all that follows. Null at the end. */
function* readBox(source: ByteSource): HeaderReader<Box | null> {
  const head = yield* source.take(8);
  if (head.length < 8) return null;
  const size = viewOf(head).getUint32(0);
  const type = asciiOf(head, 4, 8);
  if (size === 0) return { type, payload: Number.MAX_SAFE_INTEGER };
  if (size !== 1) return { type, payload: size - 8 };
  const large = yield* source.take(8);
  if (large.length < 8) return null;
  return { type, payload: Number(viewOf(large).getBigUint64(0)) - 16 };
}

/**
 * Makes a brand that image-size knows the major one: the file's own where it
 * can be, else the first compatible one that names a format (`avis` files have
 * `avif` among theirs), else a general one. Null when there is none.
 */
function chooseBrand(ftyp: Uint8Array): string | null {
  const brands = [asciiOf(ftyp, 0, 4)];
  for (let at = 8; at + 4 <= ftyp.length; at += 4) brands.push(asciiOf(ftyp, at, at + 4));
  const [major = ''] = brands;
  const known = brands.filter((brand) => brand in HEIF_BRANDS);
  const specific = known.find((brand) => HEIF_BRANDS[brand] !== 'heif');
  const chosen = known.includes(major) ? major : (specific ?? known[0]);
  if (chosen === undefined) return null;
  ftyp.set(new TextEncoder().encode(chosen), 0);
  return chosen;
}

/** Sizes are as stored; image-size would crop, and reads the wrong field of `clap` for it. */
function neutraliseCrops(meta: Uint8Array): void {
  const bytes = Buffer.from(meta.buffer, meta.byteOffset, meta.byteLength);
  for (let at = bytes.indexOf('clap'); at !== -1; at = bytes.indexOf('clap', at)) {
    bytes.write('free', at, 'latin1');
  }
}

function makeBox(type: string, payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(payload.length + 8, 0);
  head.write(type, 4, 'latin1');
  return joinBytes([head, payload]);
}

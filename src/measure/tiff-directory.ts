import { type ByteReader, take } from './byte-feed.ts';
import { hasAt, u8, u16be, u16le, u32be, u32le, u64be, u64le } from './bytes.ts';

// Tags as of TIFF 6.0, 8, and TIFF/EP; types as of TIFF 6.0, 2, and its supplement 1; those of 8 bytes are BigTIFF's.
const NEW_SUBFILE_TYPE = 254;
const SUBFILE_TYPE = 255;
const IMAGE_WIDTH = 256;
const IMAGE_LENGTH = 257;
const PHOTOMETRIC_INTERPRETATION = 262;
const MAKE = 271;
const SUB_IFDS = 330;
const DNG_VERSION = 50_706;
const BYTE = 1;
const SHORT = 3;
const LONG = 4;
const IFD = 13;
const LONG8 = 16;
const IFD8 = 18;

/** The old SubfileType of a smaller version of the picture. */
const REDUCED = 2;
/** What a sensor saw: a colour filter array, or LinearRaw of DNG. */
const SENSOR = new Set([32_803, 34_892]);
/** Most entries of a classic directory; bounds those of a BigTIFF, which could claim 2^64. */
const MAX_ENTRIES = 65_535;

/** Where the two kinds of TIFF differ: their byte order and the width of their offsets. */
export type Layout = {
  u16: typeof u16be;
  u32: typeof u32be;
  u64: typeof u64be;
  isBig: boolean;
};

/** Offsets of directories, as many as `count`, `width` bytes each; they stand at `at`, or in the entry itself. */
export type Offsets = { at: number; count: number; width: 4 | 8 };

export type Directory = {
  width: number | undefined;
  height: number | undefined;
  /** NewSubfileType: bit 0 is a smaller version of another picture, bit 1 a page. */
  kind: number | undefined;
  isSensor: boolean;
  /** Whether a camera or a scanner is named, or it is a DNG. */
  isFromDevice: boolean;
  /** Where its sub-directories are: at a list of offsets, or at these places. */
  children: Offsets | number[];
  /** Where it ends, and the offset of the next one begins. */
  end: number;
};

export function layoutOf(start: Uint8Array): Layout {
  const isLittle = hasAt(start, 0, 'I');
  const numbers = isLittle
    ? { u16: u16le, u32: u32le, u64: u64le }
    : { u16: u16be, u32: u32be, u64: u64be };
  return { ...numbers, isBig: numbers.u16(start, 2) === 43 };
}

/** Reads the entries of the directory at `position`, where the reader stands, and not yet what they point to. */
export function* readDirectory(
  layout: Layout,
  position: number,
): ByteReader<Directory | 'cut-off'> {
  const counted = layout.isBig ? 8 : 2;
  const count = yield take(counted);
  if (count.length < counted) return 'cut-off';
  const claimed = layout.isBig ? layout.u64(count, 0) : layout.u16(count, 0);
  const entries = Math.min(claimed, MAX_ENTRIES);
  const entryLength = layout.isBig ? 20 : 12;
  const directory: Directory = {
    width: undefined,
    height: undefined,
    kind: undefined,
    isSensor: false,
    isFromDevice: false,
    children: [],
    end: position + counted + entries * entryLength,
  };
  for (let index = 0; index < entries; index += 1) {
    const entry = yield take(entryLength);
    if (entry.length < entryLength) return 'cut-off';
    readEntry(entry, layout, directory);
  }
  return directory;
}

/** The first entry of a tag counts. */
function readEntry(entry: Uint8Array, layout: Layout, directory: Directory): void {
  const tag = layout.u16(entry, 0);
  if (tag === IMAGE_WIDTH) directory.width ??= readValue(entry, layout);
  else if (tag === IMAGE_LENGTH) directory.height ??= readValue(entry, layout);
  else if (tag === NEW_SUBFILE_TYPE) directory.kind ??= readValue(entry, layout);
  else if (tag === SUBFILE_TYPE) {
    const old = readValue(entry, layout);
    if (old !== undefined) directory.kind ??= old === REDUCED ? 1 : 0;
  } else if (tag === PHOTOMETRIC_INTERPRETATION) {
    directory.isSensor = SENSOR.has(readValue(entry, layout) ?? 0);
  } else if (tag === MAKE || tag === DNG_VERSION) directory.isFromDevice = true;
  else if (tag === SUB_IFDS) directory.children = childrenOf(entry, layout);
}

/** The one number of an entry, which is small enough to stand in the entry itself. */
function readValue(entry: Uint8Array, layout: Layout): number | undefined {
  const type = layout.u16(entry, 2);
  const at = layout.isBig ? 12 : 8;
  if (countIn(entry, layout) !== 1) return undefined;
  if (type === BYTE) return u8(entry, at);
  if (type === SHORT) return layout.u16(entry, at);
  if (type === LONG || type === IFD) return layout.u32(entry, at);
  return (type === LONG8 || type === IFD8) && layout.isBig ? layout.u64(entry, at) : undefined;
}

/** One offset stands in the entry; more stand elsewhere, but for two short ones of a BigTIFF. */
function childrenOf(entry: Uint8Array, layout: Layout): Offsets | number[] {
  const count = countIn(entry, layout);
  const only = readValue(entry, layout);
  if (count === 1) return only === undefined ? [] : [only];
  const type = layout.u16(entry, 2);
  const width = type === LONG8 || type === IFD8 ? 8 : 4;
  if (!layout.isBig) return { at: layout.u32(entry, 8), count, width };
  if (count === 2 && width === 4) return [layout.u32(entry, 12), layout.u32(entry, 16)];
  return { at: layout.u64(entry, 12), count, width };
}

function countIn(entry: Uint8Array, layout: Layout): number {
  return layout.isBig ? layout.u64(entry, 4) : layout.u32(entry, 4);
}

import type { BodyHint, Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader, viewOf } from './byte-source.ts';
import { askImageSize, checkSize, corrupt, cutOff } from './dimensions.ts';

type FixedFormat = {
  format: string;
  name: string;
  matches(start: Uint8Array): boolean;
  /** Bytes up to the end of the size; with fewer the header is cut off. */
  least(header: Uint8Array): number;
};

// No header of these is longer.
const WINDOW = 64;

/** Formats that have their size at a fixed place in their first 64 bytes. */
export const FIXED_FORMATS: readonly FixedFormat[] = [
  {
    format: 'png',
    name: 'PNG',
    matches: startsWith('\x89PNG\r\n\x1a\n'),
    // Apple's variant has a chunk of its own before the header.
    least: (header) => (asciiOf(header, 12, 16) === 'CgBI' ? 45 : 29),
  },
  { format: 'gif', name: 'GIF', matches: startsWith('GIF87a', 'GIF89a'), least: () => 10 },
  {
    format: 'webp',
    name: 'WebP',
    matches: (start) => asciiOf(start, 0, 4) === 'RIFF' && asciiOf(start, 8, 12) === 'WEBP',
    least: (header) => (asciiOf(header, 12, 16) === 'VP8L' ? 25 : 30),
  },
  { format: 'psd', name: 'PSD', matches: startsWith('8BPS'), least: () => 26 },
  { format: 'dds', name: 'DDS', matches: startsWith('DDS '), least: () => 20 },
  {
    format: 'ktx',
    name: 'KTX',
    matches: startsWith('\xabKTX 11\xbb', '\xabKTX 20\xbb'),
    least: () => 44,
  },
  { format: 'j2c', name: 'JPEG 2000', matches: startsWith('\xff\x4f\xff\x51'), least: () => 16 },
  { format: 'jxl', name: 'JPEG XL', matches: startsWith('\xff\x0a'), least: () => 4 },
];

export function* readFixed(
  source: ByteSource,
  { format, name, least }: FixedFormat,
): HeaderReader<Size | Fault> {
  const header = yield* source.take(WINDOW);
  if (header.length < least(header)) return cutOff(name);
  return askImageSize(header, format, name);
}

// Sizes of the information header: OS/2, and Windows 3 to 5 with their half-way forms.
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** `BM` also begins many a text: only with a header size that exists is it a bitmap. */
export function isBmp(start: Uint8Array): boolean {
  if (asciiOf(start, 0, 2) !== 'BM') return false;
  return start.length < 18 || BMP_HEADERS.has(viewOf(start).getUint32(14, true));
}

/** BMP: image-size knows all headers but the oldest, which has sides of 16 bits. */
export function* readBmp(source: ByteSource): HeaderReader<Size | Fault> {
  const header = yield* source.take(WINDOW);
  if (header.length < 26) return cutOff('BMP');
  const view = viewOf(header);
  if (view.getUint32(14, true) !== 12) return askImageSize(header, 'bmp', 'BMP');
  return checkSize(view.getUint16(18, true), view.getUint16(20, true), 'bmp');
}

const TGA_TYPES = new Set([1, 2, 3, 9, 10, 11]);
const TGA_DEPTHS = new Set([8, 15, 16, 24, 32]);

/** TGA has no signature: the content type or the URL's ending must say so. */
export function claimsTga({ url, content_type }: BodyHint): boolean {
  return (
    /^image\/(x-)?(tga|targa)\b/i.test(content_type ?? '') || /\.tga$/i.test(new URL(url).pathname)
  );
}

/** TGA (Truevision, 1991): image-size reads it where no palette is announced, so none is. */
export function* readTga(source: ByteSource): HeaderReader<Size | Fault> {
  const header = yield* source.take(18);
  if (header.length < 18) return cutOff('TGA');
  const [, , type = 0] = header;
  if (!TGA_TYPES.has(type) || !TGA_DEPTHS.has(header[16] ?? 0)) {
    return corrupt('the TGA header is damaged');
  }
  const plain = new Uint8Array(18);
  plain.set(header.subarray(12), 12);
  return askImageSize(plain, 'tga', 'TGA');
}

function startsWith(...signatures: string[]): (start: Uint8Array) => boolean {
  return (start) =>
    signatures.some((signature) => asciiOf(start, 0, signature.length) === signature);
}

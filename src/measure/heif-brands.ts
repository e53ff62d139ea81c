import { fourCharacters } from './bytes.ts';

export type HeifFormat = 'avif' | 'heic' | 'heif';

/** What a brand says of the format (ISO/IEC 23008-12, 10 and annexes; AVIF 1.1, 6). */
const FORMATS: Record<string, HeifFormat> = {
  avif: 'avif',
  avis: 'avif',
  heic: 'heic',
  heix: 'heic',
  heim: 'heic',
  heis: 'heic',
  hevc: 'heic',
  hevx: 'heic',
  hevm: 'heic',
  hevs: 'heic',
  mif1: 'heif',
  mif2: 'heif',
  mif3: 'heif',
  msf1: 'heif',
  // Coded by AVC, JPEG, JPEG 2000, VVC, or not at all.
  avci: 'heif',
  avcs: 'heif',
  jpeg: 'heif',
  jpgs: 'heif',
  j2ki: 'heif',
  j2is: 'heif',
  vvic: 'heif',
  vvis: 'heif',
  unif: 'heif',
};

/**
 * The format of the contents of an `ftyp` box: the major brand says it; where it
 * is of another kind, the most telling of the compatible ones. Undefined where
 * none is an image's.
 */
export function formatOfBrands(ftyp: Uint8Array): HeifFormat | undefined {
  const major = fourCharacters(ftyp, 0);
  // A file with a `mini` box names its coding in place of the minor version (ISO/IEC 23008-12, O.2).
  if (major === 'mif3') return FORMATS[fourCharacters(ftyp, 4)] ?? 'heif';
  if (FORMATS[major]) return FORMATS[major];
  const formats = new Set<HeifFormat>();
  for (let at = 8; at + 4 <= ftyp.length; at += 4) {
    const format = FORMATS[fourCharacters(ftyp, at)];
    if (format) formats.add(format);
  }
  return (['avif', 'heic', 'heif'] as const).find((format) => formats.has(format));
}

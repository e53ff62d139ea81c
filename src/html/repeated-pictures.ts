import type { ResultsDocument } from '../results/document.ts';
import type { StoreResult } from '../results/results-schema.ts';

/** A picture that came more than once, by its SHA-256. */
export type RepeatedPicture = {
  sha256: string;
  count: number;
  /** The first places where it came. */
  places: PicturePlace[];
};

export type PicturePlace = { store_id: string; image: number; images: number; url: string };

export type RepeatedPictures = {
  /** Those that came most often. */
  list: RepeatedPicture[];
  /** How many pictures came more than once. */
  count: number;
};

const MOST_PICTURES = 100;
const MOST_PLACES = 20;
/** So many hexadecimal digits of a digest fit into a number. */
const DIGITS = 13;

/** Watches for pictures that come more than once: 8 bytes an image, whatever their number. */
export function createPictureWatch() {
  const keys: number[] = [];
  return {
    add({ images }: StoreResult): void {
      for (const { sha256 } of images) if (sha256 !== null) keys.push(keyOf(sha256));
    },
    /** Reads the document once more where there are any, to say where they stand. */
    async repeated(document: Pick<ResultsDocument, 'stores'>): Promise<RepeatedPictures> {
      const wanted = repeatedKeys(keys);
      return wanted.size === 0 ? { list: [], count: 0 } : gather(document, wanted);
    },
  };
}

function keyOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, DIGITS), 16);
}

function repeatedKeys(keys: number[]): Set<number> {
  const sorted = Float64Array.from(keys).sort();
  return new Set(sorted.filter((key, index) => key === sorted[index - 1]));
}

async function gather(
  document: Pick<ResultsDocument, 'stores'>,
  wanted: Set<number>,
): Promise<RepeatedPictures> {
  const pictures = new Map<string, RepeatedPicture>();
  for await (const { store_id, images } of document.stores()) {
    for (const [image, { sha256, url }] of images.entries()) {
      if (sha256 === null || !wanted.has(keyOf(sha256))) continue;
      const picture = pictures.get(sha256) ?? { sha256, count: 0, places: [] };
      picture.count += 1;
      if (picture.places.length < MOST_PLACES) {
        picture.places.push({ store_id, image, images: images.length, url });
      }
      pictures.set(sha256, picture);
    }
  }
  // A few digits may be those of two digests.
  const repeated = [...pictures.values()].filter(({ count }) => count > 1);
  repeated.sort((a, b) => b.count - a.count);
  return { list: repeated.slice(0, MOST_PICTURES), count: repeated.length };
}

import type { Line } from '../files/lines.ts';

const FIRST_CAPACITY = 1024;

/** Where each store of an NDJSON manifest stands, 12 bytes a store. */
export type StoreIndex = {
  count(): number;
  add(line: Pick<Line, 'offset'>, images: number): void;
  /** Where the line of a store begins, in bytes. */
  offset(position: number): number;
  /** How many images each store has, trimmed to the number of stores. */
  imageCounts(): Uint32Array;
};

export function createStoreIndex(): StoreIndex {
  // Offsets may be past 4 GiB; doubles count exactly up to 2^53.
  let offsets = new Float64Array(FIRST_CAPACITY);
  let images = new Uint32Array(FIRST_CAPACITY);
  let count = 0;

  function grow(): void {
    const capacity = offsets.length * 2;
    const from = { offsets, images };
    offsets = new Float64Array(capacity);
    images = new Uint32Array(capacity);
    offsets.set(from.offsets);
    images.set(from.images);
  }

  return {
    count: () => count,
    add({ offset }, imageCount) {
      if (count === offsets.length) grow();
      offsets[count] = offset;
      images[count] = imageCount;
      count += 1;
    },
    offset: (position) => offsets[position] ?? 0,
    imageCounts: () => images.slice(0, count),
  };
}

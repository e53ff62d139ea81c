import type { Line } from '../lines.ts';

const FIRST_CAPACITY = 1024;

/** Where each store of an NDJSON manifest stands, 20 bytes a store. */
export type StoreIndex = {
  count(): number;
  add(line: Pick<Line, 'number' | 'offset' | 'length'>, images: number): void;
  at(position: number): { offset: number; length: number; line: number };
  /** How many images each store has, trimmed to the number of stores. */
  imageCounts(): Uint32Array;
};

export function createStoreIndex(): StoreIndex {
  // Offsets may be past 4 GiB; doubles count exactly up to 2^53.
  let offsets = new Float64Array(FIRST_CAPACITY);
  let lengths = new Uint32Array(FIRST_CAPACITY);
  let lines = new Uint32Array(FIRST_CAPACITY);
  let images = new Uint32Array(FIRST_CAPACITY);
  let count = 0;

  function grow(): void {
    const capacity = offsets.length * 2;
    const from = { offsets, lengths, lines, images };
    offsets = new Float64Array(capacity);
    lengths = new Uint32Array(capacity);
    lines = new Uint32Array(capacity);
    images = new Uint32Array(capacity);
    offsets.set(from.offsets);
    lengths.set(from.lengths);
    lines.set(from.lines);
    images.set(from.images);
  }

  return {
    count: () => count,
    add({ number, offset, length }, imageCount) {
      if (count === offsets.length) grow();
      offsets[count] = offset;
      lengths[count] = length;
      lines[count] = number;
      images[count] = imageCount;
      count += 1;
    },
    at: (position) => ({
      offset: offsets[position] ?? 0,
      length: lengths[position] ?? 0,
      line: lines[position] ?? 0,
    }),
    imageCounts: () => images.slice(0, count),
  };
}

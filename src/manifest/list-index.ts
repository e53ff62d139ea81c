const FIRST_CAPACITY = 1024;

/** Where each row of a list stands, and a number with it: its store, or its line. */
export type ListIndex = {
  add(row: { offset: number; length: number }, number: number): void;
  /** The same by position: in the order of the rows. */
  row(position: number): IndexedRow;
  count(): number;
  /** The numbers of all rows, in their order. */
  numbers(): Uint32Array;
};

/** Where a row begins in the file and how long it is, both in bytes. */
export type IndexedRow = { offset: number; length: number; number: number };

/** An index of 16 bytes a row. */
export function createListIndex(): ListIndex {
  // Offsets may be past 4 GiB; doubles count exactly up to 2^53.
  let offsets = new Float64Array(FIRST_CAPACITY);
  let lengths = new Uint32Array(FIRST_CAPACITY);
  let numbers = new Uint32Array(FIRST_CAPACITY);
  let count = 0;

  function grow(): void {
    const from = { offsets, lengths, numbers };
    const capacity = offsets.length * 2;
    offsets = new Float64Array(capacity);
    lengths = new Uint32Array(capacity);
    numbers = new Uint32Array(capacity);
    offsets.set(from.offsets);
    lengths.set(from.lengths);
    numbers.set(from.numbers);
  }

  return {
    add({ offset, length }, number) {
      if (count === offsets.length) grow();
      offsets[count] = offset;
      lengths[count] = length;
      numbers[count] = number;
      count += 1;
    },
    row: (position) => ({
      offset: offsets[position] ?? 0,
      length: lengths[position] ?? 0,
      number: numbers[position] ?? 0,
    }),
    count: () => count,
    numbers: () => numbers.subarray(0, count),
  };
}

/** The rows of each store, as positions in an index: a store's are those from its first up to the next one's. */
export type StoreRows = { image_counts: Uint32Array; firsts: Uint32Array; rows: Uint32Array };

/** Rows put together by their stores, in the order of the rows. */
export function groupRows(storeOfRow: Uint32Array, stores: number): StoreRows {
  const image_counts = new Uint32Array(stores);
  for (const store of storeOfRow) image_counts[store] = (image_counts[store] ?? 0) + 1;
  const firsts = new Uint32Array(stores + 1);
  for (const [store, images] of image_counts.entries()) {
    firsts[store + 1] = (firsts[store] ?? 0) + images;
  }
  const next = firsts.slice();
  const rows = new Uint32Array(storeOfRow.length);
  for (const [row, store] of storeOfRow.entries()) {
    const place = next[store] ?? 0;
    rows[place] = row;
    next[store] = place + 1;
  }
  return { image_counts, firsts, rows };
}

/** Where the stores of an NDJSON manifest stand, by position: 16 bytes a store. */
export type LineIndex = {
  /** In bytes from the start of the file. */
  offsets: Float64Array;
  /** In bytes, without the newline. */
  lengths: Uint32Array;
  image_counts: Uint32Array;
};

const FIRST_CAPACITY = 1024;

/** Builds an index entry by entry, in arrays that double when they are full. */
export function buildLineIndex() {
  let size = 0;
  let index = allocate(FIRST_CAPACITY);
  return {
    add(offset: number, length: number, image_count: number): void {
      if (size === index.offsets.length) index = copyInto(allocate(2 * size), index);
      index.offsets[size] = offset;
      index.lengths[size] = length;
      index.image_counts[size] = image_count;
      size += 1;
    },
    /** The index, with no room to spare. */
    finish(): LineIndex {
      return {
        offsets: index.offsets.slice(0, size),
        lengths: index.lengths.slice(0, size),
        image_counts: index.image_counts.slice(0, size),
      };
    },
  };
}

function allocate(capacity: number): LineIndex {
  return {
    offsets: new Float64Array(capacity),
    lengths: new Uint32Array(capacity),
    image_counts: new Uint32Array(capacity),
  };
}

function copyInto(larger: LineIndex, index: LineIndex): LineIndex {
  larger.offsets.set(index.offsets);
  larger.lengths.set(index.lengths);
  larger.image_counts.set(index.image_counts);
  return larger;
}

/** Which images of a job were taken over from an earlier run: a bit for each, once there is one. */
export type ReusedMarks = {
  /** Marks an image, or takes its mark away. */
  set(store: number, image: number, isReused: boolean): void;
  count(): number;
};

export function createReusedMarks(image_counts: Uint32Array): ReusedMarks {
  let marks: { bits: Uint8Array; firsts: Float64Array } | null = null;
  let count = 0;
  return {
    set(store, image, isReused) {
      // Of most jobs there are none: then this costs nothing.
      if (!marks && !isReused) return;
      marks ??= createMarks(image_counts);
      const index = (marks.firsts[store] ?? 0) + image;
      const [byte, bit] = [Math.floor(index / 8), 1 << (index % 8)];
      const before = marks.bits[byte] ?? 0;
      const after = isReused ? before | bit : before & ~bit;
      if (after !== before) count += isReused ? 1 : -1;
      marks.bits[byte] = after;
    },
    count: () => count,
  };
}

function createMarks(image_counts: Uint32Array) {
  const firsts = new Float64Array(image_counts.length);
  let total = 0;
  for (const [store, images] of image_counts.entries()) {
    firsts[store] = total;
    total += images;
  }
  return { firsts, bits: new Uint8Array(Math.ceil(total / 8)) };
}

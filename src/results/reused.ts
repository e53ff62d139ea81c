/** Which images of a job were taken over from an earlier run: a bit for each, once there is one. */
export type ReusedMarks = {
  /** Marks an image, or takes its mark away. */
  set(store: number, image: number, isReused: boolean): void;
  has(store: number, image: number): boolean;
  count(): number;
};

export function createReusedMarks(image_counts: Uint32Array): ReusedMarks {
  let marks: { bits: Uint8Array; firsts: Float64Array } | null = null;
  let count = 0;

  function has(store: number, image: number): boolean {
    const index = (marks?.firsts[store] ?? 0) + image;
    return marks !== null && ((marks.bits[index >>> 3] ?? 0) & (1 << (index % 8))) !== 0;
  }

  return {
    has,
    set(store, image, isReused) {
      // Of most jobs there are none: then this costs nothing.
      if (!marks && !isReused) return;
      marks ??= createMarks(image_counts);
      if (has(store, image) === isReused) return;
      const index = (marks.firsts[store] ?? 0) + image;
      marks.bits[index >>> 3] = (marks.bits[index >>> 3] ?? 0) ^ (1 << (index % 8));
      count += isReused ? 1 : -1;
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

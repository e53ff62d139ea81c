/** Some of a job's images: a bit for each, once there is one. */
export type ImageMarks = {
  /** Marks an image, or takes its mark away. */
  set(store: number, image: number, isMarked: boolean): void;
  has(store: number, image: number): boolean;
  count(): number;
};

export function createImageMarks(image_counts: Uint32Array): ImageMarks {
  let marks: { bits: Uint8Array; firsts: Float64Array } | null = null;
  let count = 0;

  function has(store: number, image: number): boolean {
    const index = (marks?.firsts[store] ?? 0) + image;
    return marks !== null && ((marks.bits[index >>> 3] ?? 0) & (1 << (index % 8))) !== 0;
  }

  return {
    has,
    set(store, image, isMarked) {
      // Of most jobs there are none: then this costs nothing.
      if (!marks && !isMarked) return;
      marks ??= createMarks(image_counts);
      if (has(store, image) === isMarked) return;
      const index = (marks.firsts[store] ?? 0) + image;
      marks.bits[index >>> 3] = (marks.bits[index >>> 3] ?? 0) ^ (1 << (index % 8));
      count += isMarked ? 1 : -1;
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

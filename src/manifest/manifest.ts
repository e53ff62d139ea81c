/** One entry of a manifest. */
export type Store = { store_id: string; visit_time: string | null; images: readonly string[] };

/**
 * A checked manifest as an index, not an array: both forms and all sizes run
 * the same way, and a store's URLs are read when its turn comes.
 */
export type Manifest = {
  job_id: string;
  store_count: number;
  /** How many images each store has, by position. */
  image_counts: Uint32Array;
  /** The store at a position, 0 to `store_count` − 1. */
  store(position: number): Promise<Store>;
  /** Gives back what the manifest holds open. */
  close(): Promise<void>;
};

/** How many images all stores have together. */
export function countImages({ image_counts }: Pick<Manifest, 'image_counts'>): number {
  return image_counts.reduce((sum, count) => sum + count, 0);
}

import type { ImageResult } from './schema.ts';

/** Where the results of images are kept until the document is written. */
export type ResultsStore = {
  put(store: number, image: number, result: ImageResult): void;
  /** The results of one store by image position; images without one are missing. */
  read(store: number): Promise<readonly (ImageResult | undefined)[]>;
};

/** Keeps all results in memory. */
export function createMemoryResults(): ResultsStore {
  const stores = new Map<number, ImageResult[]>();
  return {
    put(store, image, result) {
      const results = stores.get(store) ?? [];
      results[image] = result;
      stores.set(store, results);
    },
    async read(store) {
      return stores.get(store) ?? [];
    },
  };
}

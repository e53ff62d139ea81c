import { jsonLine } from '../prose.ts';
import type { ImageResult } from './schema.ts';

/** Where the results of images are kept until the document is written. */
export type ResultsStore = {
  /** Keeps a result and answers the one it replaces. */
  put(store: number, image: number, result: ImageResult): ImageResult | undefined;
  /** Forgets a result and answers it. */
  drop(store: number, image: number): ImageResult | undefined;
  /** The results of one store by image position; images without one are missing. */
  read(store: number): Promise<readonly (ImageResult | undefined)[]>;
  /** The same as JSON, each as `jsonLine` writes it: for documents, which need no objects. */
  readJson(store: number): Promise<readonly (string | undefined)[]>;
};

/** Keeps all results in memory. */
export function createMemoryResults(): ResultsStore {
  const stores = new Map<number, (ImageResult | undefined)[]>();

  function swap(store: number, image: number, result: ImageResult | undefined) {
    const results = stores.get(store) ?? [];
    const replaced = results[image];
    results[image] = result;
    stores.set(store, results);
    return replaced;
  }

  return {
    put: swap,
    drop: (store, image) => swap(store, image, undefined),
    read: async (store) => stores.get(store) ?? [],
    readJson: async (store) =>
      (stores.get(store) ?? []).map((result) => result && jsonLine(result)),
  };
}

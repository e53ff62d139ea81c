import { jsonLine } from '../terminal/prose.ts';
import type { ImageResult } from './results-schema.ts';

/** A result and its image's position. */
export type IndexedResult = { image: number; result: ImageResult };

/** Where the results of images are kept until the document is written. */
export type ResultsStore = {
  /** Keeps a result and answers the one it replaces. `offset` is where its line begins in the journal, if there is one. */
  put(store: number, image: number, result: ImageResult, offset: number): ImageResult | undefined;
  /** Forgets the failed results of a store and answers them. */
  dropFailed(store: number): IndexedResult[];
  /** The same as `read`, at once. */
  peek(store: number): readonly (ImageResult | undefined)[];
  /** The results of one store by image position; images without one are missing. */
  read(store: number): Promise<readonly (ImageResult | undefined)[]>;
  /** The same as JSON, each as `jsonLine` writes it: for documents, which need no objects. */
  readJson(store: number): Promise<readonly (string | undefined)[]>;
};

/** Keeps all results in memory. */
export function createMemoryResults(): ResultsStore {
  const stores = new Map<number, (ImageResult | undefined)[]>();

  return {
    put(store, image, result) {
      const results = stores.get(store) ?? [];
      const replaced = results[image];
      results[image] = result;
      stores.set(store, results);
      return replaced;
    },
    dropFailed(store) {
      const results = stores.get(store) ?? [];
      const dropped = failedOf(results);
      for (const { image } of dropped) results[image] = undefined;
      return dropped;
    },
    peek: (store) => stores.get(store) ?? [],
    read: async (store) => stores.get(store) ?? [],
    readJson: async (store) =>
      (stores.get(store) ?? []).map((result) => result && jsonLine(result)),
  };
}

/** The failed ones among a store's results. */
export function failedOf(results: readonly (ImageResult | undefined)[]): IndexedResult[] {
  return results.flatMap((result, image) => (result?.error ? [{ image, result }] : []));
}

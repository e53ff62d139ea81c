import type { ImageResult, StoreError } from './results-schema.ts';

/** A store's error is that of the image that stopped it. */
export function storeError(result: ImageResult, image: number): StoreError | null {
  if (!result.error) return null;
  return { code: result.error.code, message: result.error.message, image, url: result.url };
}

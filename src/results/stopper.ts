import type { ImageError, StoreResult } from './results-schema.ts';

/**
 * The failed image at which a store stopped, so that the rest of it was
 * skipped; null where none did that. With --keep-going a failed image stops
 * nothing: only the last one that was worked on can have.
 */
export function stopperOf({
  status,
  images,
}: StoreResult): { image: number; error: ImageError } | null {
  if (status !== 'failed') return null;
  const image = images.findLastIndex(
    (one) => one.status === 'completed' || one.status === 'failed',
  );
  const error = images[image]?.error;
  return error ? { image, error } : null;
}

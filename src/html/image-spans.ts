import type { ImageResult } from '../results/results-schema.ts';

/** How the time of an image went: `wait_ms` is what was neither its last attempt nor its work. */
export type ImageSpans = { wait_ms: number; download_ms: number; work_ms: number };

/** Null where nothing was done. Waits are retries, full or slow hosts, and turns that had to be waited for. */
export function spansOf(image: ImageResult): ImageSpans | null {
  if (image.duration_ms === null) return null;
  const download_ms = image.download_ms ?? 0;
  const work_ms = image.work_ms ?? 0;
  return {
    download_ms,
    work_ms,
    // Each is rounded on its own.
    wait_ms: Math.max(0, image.duration_ms - download_ms - work_ms),
  };
}

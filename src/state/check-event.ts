import { ImgjobError } from '../errors.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import type { JobEvent } from '../results/events.ts';
import type { ImageResult } from '../results/results-schema.ts';

/** As many stores as can be at work at once; of more, the one that was begun longest ago is read again. */
const MAX_STORES = 10_000;

/**
 * Tells whether the events of a journal can be those of a manifest, one after
 * another; at once, but for the first of each store, whose URLs are to be
 * read. The check throws `journal-unreadable` where the whole journal is of another one.
 */
export function createEventCheck(
  manifest: Manifest,
): (event: JobEvent, offset: number) => boolean | Promise<boolean> {
  const urls = new Map<number, readonly string[]>();

  async function readUrls(store: number): Promise<readonly string[]> {
    const { images } = await manifest.store(store);
    urls.set(store, images);
    const [oldest] = urls.keys();
    if (urls.size > MAX_STORES && oldest !== undefined) urls.delete(oldest);
    return images;
  }

  return (event, offset) => {
    if (!belongsTo(event, manifest, offset)) return false;
    if (event.type === 'store_finished') urls.delete(event.store);
    if (event.type !== 'image_finished') return true;
    const { store, image, result } = event;
    if (!isWhole(result)) return false;
    const known = urls.get(store);
    if (known) return isSame(known[image], result.url);
    return readUrls(store).then((images) => isSame(images[image], result.url));
  };
}

/** Halves of characters are kept as U+FFFD (`jsonLine`). */
function isSame(given: string | undefined, kept: string): boolean {
  return given === kept || given?.toWellFormed() === kept;
}

function belongsTo(event: JobEvent, manifest: Manifest, offset: number): boolean {
  const { job_id, store_count, image_counts } = manifest;
  if (event.job_id !== job_id) return false;
  if (event.type === 'job_started') {
    if (event.stores === store_count && event.images === countImages(manifest)) return offset === 0;
    const message = "can't read the journal: it is of another manifest";
    throw new ImgjobError('journal-unreadable', message);
  }
  // Is never written down.
  if (event.type === 'work_log') return false;
  if ('store' in event && event.store >= store_count) return false;
  return !('image' in event) || event.image < (image_counts[event.store] ?? 0);
}

/** Whether a result agrees with itself: a completed one has a size, a failed one an error. */
function isWhole(result: ImageResult): boolean {
  const { status, width, height, perimeter, twice_perimeter, error } = result;
  if (status !== (error ? 'failed' : 'completed')) return false;
  if (width === null || height === null) {
    const isEmpty = width === height && perimeter === null && twice_perimeter === null;
    return isEmpty && error !== null;
  }
  return perimeter === 2 * (width + height) && twice_perimeter === 2 * perimeter;
}

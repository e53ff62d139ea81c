import type { ResultsDocument } from '../results/document.ts';
import { causeKey } from '../results/failures.ts';
import type { ImageError, ImageResult, StoreResult } from '../results/results-schema.ts';
import { stopperOf } from '../results/stopper.ts';
import { createNearNames } from '../terminal/near-names.ts';
import { showText, showUrl } from '../terminal/prose.ts';

/** What of a results document is to be explained, found in one pass and in bounded memory. */

const MAX_FOUND = 100;
const MAX_CAUSES = 100;
const MAX_OTHERS = 3;

/** An image and where it stands: everything of it that its document knows. */
export type FoundImage = {
  store: number;
  store_id: string;
  image: number;
  /** How many images its store has. */
  images: number;
  result: ImageResult;
  /** How many images of its store were skipped because it failed. */
  skipped: number;
  /** The failed image because of which this one was skipped; null where it was not, or for another reason. */
  stopper: { image: number; error: ImageError } | null;
};

export type FoundStore = {
  store: number;
  store_id: string;
  status: StoreResult['status'];
  started_at: string | null;
  duration_ms: number | null;
  images: number;
  completed: { count: number; bytes: number; slowest: { image: number; duration_ms: number } };
  /** The first failed images. */
  failed: FoundImage[];
  failedCount: number;
  skipped: number;
  pending: number;
  /** The image that failed and stopped the store; null where none did. */
  stopper: FoundImage['stopper'];
};

/** What a store id or a URL names; of many the first ones. */
export type Found = {
  stores: FoundStore[];
  images: FoundImage[];
  /** How many there are in all. */
  storeCount: number;
  imageCount: number;
  /** The only store that failed; null where none or several did. */
  onlyFailed: string | null;
};

/** Failed images with their code, status and host in common. */
export type Cause = {
  first: FoundImage;
  error: ImageError;
  count: number;
  /** The next ones after the first. */
  others: FoundImage[];
};

export type Causes = {
  /** The most frequent first. */
  list: Cause[];
  /** Failures whose cause came after the hundredth other one. */
  ungrouped: number;
  /** Images that were skipped after a failed image of their store, not with their whole store. */
  skippedAfter: number;
};

/**
 * All stores of an id and all images of a URL, in manifest order. Both may
 * also be given as they are shown, without what must not be.
 */
export async function findTarget(
  document: ResultsDocument,
  target: string,
  most: number = MAX_FOUND,
): Promise<Found> {
  const stores: FoundStore[] = [];
  const images: FoundImage[] = [];
  let storeCount = 0;
  let imageCount = 0;
  let failedStores = 0;
  let failedStore = '';
  let position = 0;
  for await (const store of document.stores()) {
    if (store.status === 'failed') {
      failedStores += 1;
      failedStore = store.store_id;
    }
    if (isShownAs(target, store.store_id, showText)) {
      storeCount += 1;
      if (stores.length < most) stores.push(findingsOf(store, position, most));
    }
    for (const [image, { url }] of store.images.entries()) {
      if (!isShownAs(target, url, showUrl)) continue;
      imageCount += 1;
      if (images.length < most) images.push(toFoundImage(store, position, image));
    }
    position += 1;
  }
  const onlyFailed = failedStores === 1 ? failedStore : null;
  return { stores, images, storeCount, imageCount, onlyFailed };
}

function isShownAs(target: string, text: string, show: (text: string) => string): boolean {
  return text === target || show(text) === target;
}

/** Ids of stores, and URLs as they are shown, that are nearly what was asked for; at most three. */
export async function findNear(document: ResultsDocument, target: string): Promise<string[]> {
  const stores = createNearNames(target);
  const urls = new Set<string>();
  const wanted = withoutQuery(target);
  for await (const { store_id, images } of document.stores()) {
    stores.offer(showText(store_id));
    for (const { url } of images) {
      if (urls.size < MAX_OTHERS && withoutQuery(url) === wanted) urls.add(showUrl(url));
    }
  }
  return urls.size > 0 ? [...urls] : stores.names();
}

/** Hosts and paths are typed more often than the rest of a URL. */
function withoutQuery(url: string): string {
  return showUrl(url)
    .replace(/^https?:\/\//, '')
    .replace(/\?…$/, '');
}

/** Every failed image, in manifest order. */
export async function* findFailed(document: ResultsDocument): AsyncGenerator<FoundImage> {
  let position = 0;
  for await (const store of document.stores()) {
    for (const [image, { error }] of store.images.entries()) {
      if (error) yield toFoundImage(store, position, image);
    }
    position += 1;
  }
}

/** Failed images by their cause. */
export async function findCauses(document: ResultsDocument): Promise<Causes> {
  const causes = new Map<string, Cause>();
  let ungrouped = 0;
  let skippedAfter = 0;
  let position = 0;
  for await (const store of document.stores()) {
    if (stopperOf(store)) skippedAfter += countOf(store, 'skipped');
    for (const [image, { error }] of store.images.entries()) {
      if (!error) continue;
      const key = causeKey(error);
      const cause = causes.get(key);
      if (cause) addTo(cause, store, position, image);
      else if (causes.size === MAX_CAUSES) ungrouped += 1;
      else {
        const first = toFoundImage(store, position, image);
        causes.set(key, { first, error, count: 1, others: [] });
      }
    }
    position += 1;
  }
  const list = [...causes.values()].sort((a, b) => b.count - a.count);
  return { list, ungrouped, skippedAfter };
}

function addTo(cause: Cause, store: StoreResult, position: number, image: number): void {
  cause.count += 1;
  if (cause.others.length < MAX_OTHERS) cause.others.push(toFoundImage(store, position, image));
}

function findingsOf(store: StoreResult, position: number, most: number): FoundStore {
  const { store_id, status, started_at, duration_ms, images } = store;
  const failed: FoundImage[] = [];
  const completed = { count: 0, bytes: 0, slowest: { image: 0, duration_ms: 0 } };
  for (const [image, result] of images.entries()) {
    if (result.error && failed.length < most) failed.push(toFoundImage(store, position, image));
    if (result.status !== 'completed') continue;
    completed.count += 1;
    completed.bytes += result.bytes ?? 0;
    const ms = result.duration_ms ?? 0;
    if (ms > completed.slowest.duration_ms) completed.slowest = { image, duration_ms: ms };
  }
  return {
    ...{ store: position, store_id, status, started_at, duration_ms, images: images.length },
    ...{ completed, failed, failedCount: countOf(store, 'failed') },
    skipped: countOf(store, 'skipped'),
    pending: countOf(store, 'pending'),
    stopper: stopperOf(store),
  };
}

function toFoundImage(store: StoreResult, position: number, image: number): FoundImage {
  const { store_id, images } = store;
  const result = images[image];
  if (!result) throw new RangeError(`no image at position ${image}`);
  const stopper = stopperOf(store);
  return {
    ...{ store: position, store_id, image, images: images.length, result },
    skipped: stopper?.image === image ? countOf(store, 'skipped') : 0,
    stopper: result.status === 'skipped' ? stopper : null,
  };
}

function countOf({ images }: StoreResult, status: ImageResult['status']): number {
  let count = 0;
  for (const image of images) if (image.status === status) count += 1;
  return count;
}

import type { ResultsDocument } from '../results/document.ts';
import type { ImageResult, StoreResult } from '../results/results-schema.ts';

/** What is compared of an image. */
export type ImageState = Pick<
  ImageResult,
  'status' | 'width' | 'height' | 'format' | 'download_ms' | 'sha256' | 'error'
>;

/** An image in two runs. Its positions are those of the later run; of the earlier where it is only there. */
export type ImagePair = {
  store_id: string;
  store: number;
  image: number;
  /** How many images its store has. */
  images: number;
  url: string;
  before: ImageState | null;
  after: ImageState | null;
};

/** A store with what is compared of its images. */
type StoreSide = { store_id: string; store: number; images: ImageSide[] };
type ImageSide = { url: string; image: number; state: ImageState };

/** A store of both runs, or of one alone. */
type StorePair = { before: StoreSide | null; after: StoreSide | null };

/**
 * All images of two runs, by stores. Stores match by their id and images by
 * their URL within the store, the n-th of one run with the n-th of the other.
 * Both documents are read once, side by side: a store waits only until its
 * partner comes, so that little is held of runs of nearly the same manifest.
 * The order is that in which partners meet.
 */
export async function* imagePairs(
  before: ResultsDocument,
  after: ResultsDocument,
): AsyncGenerator<Iterable<ImagePair>> {
  for await (const pair of storePairs(before, after)) yield pairsOf(pair);
}

async function* storePairs(
  before: ResultsDocument,
  after: ResultsDocument,
): AsyncGenerator<StorePair> {
  const olds = storeSides(before);
  const news = storeSides(after);
  const lone = { olds: createQueues<StoreSide>(), news: createQueues<StoreSide>() };
  for (;;) {
    const [old, now] = [await olds.next(), await news.next()];
    if (old.done && now.done) break;
    if (!old.done) {
      const partner = lone.news.take(old.value.store_id);
      if (partner) yield { before: old.value, after: partner };
      else lone.olds.put(old.value.store_id, old.value);
    }
    if (!now.done) {
      const partner = lone.olds.take(now.value.store_id);
      if (partner) yield { before: partner, after: now.value };
      else lone.news.put(now.value.store_id, now.value);
    }
  }
  for (const store of lone.olds.rest()) yield { before: store, after: null };
  for (const store of lone.news.rest()) yield { before: null, after: store };
}

async function* storeSides(document: ResultsDocument): AsyncGenerator<StoreSide, undefined> {
  let store = 0;
  for await (const result of document.stores()) {
    yield storeSide(result, store);
    store += 1;
  }
}

function storeSide({ store_id, images }: StoreResult, store: number): StoreSide {
  return {
    store_id,
    store,
    images: images.map((result, image) => ({ url: result.url, image, state: stateOf(result) })),
  };
}

const UNTOUCHED = {
  ...{ width: null, height: null, format: null, download_ms: null, sha256: null, error: null },
};
const SKIPPED: ImageState = { status: 'skipped', ...UNTOUCHED };
const PENDING: ImageState = { status: 'pending', ...UNTOUCHED };

function stateOf(result: ImageResult): ImageState {
  const { status, width, height, format, download_ms, sha256, error } = result;
  // Runs that stopped early have many of them: one object does for all.
  if (status === 'skipped') return SKIPPED;
  if (status === 'pending') return PENDING;
  return { status, width, height, format, download_ms, sha256, error };
}

function pairsOf({ before, after }: StorePair): Iterable<ImagePair> {
  if (before && after) return matched(before, after);
  if (after) return after.images.map((image) => pairIn(after, image, null, image.state));
  return before?.images.map((image) => pairIn(before, image, image.state, null)) ?? [];
}

function* matched(before: StoreSide, after: StoreSide): Generator<ImagePair> {
  const unmoved = countUnmoved(before.images, after.images);
  const olds = createQueues<ImageSide>();
  for (const image of before.images.slice(unmoved)) olds.put(image.url, image);
  for (const [index, image] of after.images.entries()) {
    const partner = index < unmoved ? before.images[index] : olds.take(image.url);
    yield pairIn(after, image, partner?.state ?? null, image.state);
  }
  for (const image of olds.rest()) yield pairIn(before, image, image.state, null);
}

/** How many images both lists begin with: mostly all, and these need no looking up. */
function countUnmoved(olds: ImageSide[], news: ImageSide[]): number {
  const moved = olds.findIndex(({ url }, index) => url !== news[index]?.url);
  return moved === -1 ? olds.length : moved;
}

function pairIn(
  { store_id, store, images }: StoreSide,
  { url, image }: ImageSide,
  before: ImageState | null,
  after: ImageState | null,
): ImagePair {
  return { store_id, store, image, images: images.length, url, before, after };
}

/** Values by name: the first put of a name is the first taken. */
function createQueues<Value>() {
  const queues = new Map<string, { values: Value[]; taken: number }>();
  return {
    put(name: string, value: Value): void {
      const queue = queues.get(name);
      if (queue) queue.values.push(value);
      else queues.set(name, { values: [value], taken: 0 });
    },
    take(name: string): Value | undefined {
      const queue = queues.get(name);
      if (!queue) return undefined;
      const value = queue.values[queue.taken];
      queue.taken += 1;
      if (queue.taken === queue.values.length) queues.delete(name);
      else if (queue.taken * 2 > queue.values.length) dropTaken(queue);
      return value;
    },
    /** What was not taken. */
    rest: (): Value[] => [...queues.values()].flatMap(({ values, taken }) => values.slice(taken)),
  };
}

/** Half a queue at a time: `shift` moves all that is left of a long one. */
function dropTaken(queue: { values: unknown[]; taken: number }): void {
  queue.values.splice(0, queue.taken);
  queue.taken = 0;
}

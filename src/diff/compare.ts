import type { ResultsDocument } from '../results/document.ts';
import type { ResultsHead } from '../results/results-schema.ts';
import { type ImagePair, type ImageState, imagePairs } from './image-pairs.ts';

/**
 * What can have happened to an image from one run to the next, in the order it
 * is reported. `newly_skipped` are also those that are pending after they had
 * been completed: an interrupted run is no better than one that stopped. An
 * image may be in several: one that was added and failed is newly failing too,
 * and one that changed may be slower.
 */
export const CATEGORIES = [
  'newly_failing',
  'newly_skipped',
  'slower',
  'newly_passing',
  'changed',
  'added',
  'removed',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** Where one of these has an image, the new run is worse than the old one. */
export const WORSE: ReadonlySet<Category> = new Set(['newly_failing', 'newly_skipped', 'slower']);

/** A download whose time grew by less is not slower, whatever its share: networks are no steadier. */
export const SLOWER_FLOOR_MS = 100;

/** How two runs differ, image by image. */
export type Comparison = {
  old: Omit<ResultsHead, 'errors'>;
  new: Omit<ResultsHead, 'errors'>;
  /** By which share a download must have grown to be slower; null where that was not asked. */
  slower: number | null;
  /** Whether any image is in one of the categories of `WORSE`. */
  worse: boolean;
  /** How many images a category has; null where it was not asked for. */
  counts: Record<Category, number | null>;
  /** The first images of each category, in manifest order. */
  differences: Record<Category, ImagePair[]>;
};

export type CompareOptions = {
  /**
   * 0.2: a download is slower when it took over 20% longer, and by 100 ms at
   * least. Null: none is.
   */
  slower: number | null;
  /** The most images that are kept of each category; all are counted. */
  limit: number;
};

/** Compares two runs; the manifest may have changed in between, and stores may have moved in it. */
export async function compareRuns(
  before: ResultsDocument,
  after: ResultsDocument,
  { slower, limit }: CompareOptions,
): Promise<Comparison> {
  const findings = ofEach(() => createFindings(limit));
  for await (const pairs of imagePairs(before, after)) {
    for (const pair of pairs) {
      for (const category of categoriesOf(pair, slower)) findings[category].add(pair);
    }
  }
  return {
    old: before.head,
    new: after.head,
    slower,
    worse: CATEGORIES.some((category) => WORSE.has(category) && findings[category].count() > 0),
    counts: ofEach((category) =>
      category === 'slower' && slower === null ? null : findings[category].count(),
    ),
    differences: ofEach((category) => findings[category].first()),
  };
}

function categoriesOf({ before, after }: ImagePair, slower: number | null): Category[] {
  if (!after) return ['removed'];
  const categories: Category[] = before ? [] : ['added'];
  if (after.status === 'failed' && before?.status !== 'failed') categories.push('newly_failing');
  if (!before) return categories;
  const was = before.status === 'completed';
  const is = after.status === 'completed';
  if (is && !was) categories.push('newly_passing');
  if (was && (after.status === 'skipped' || after.status === 'pending')) {
    categories.push('newly_skipped');
  }
  if (was && is && looksOtherwise(before, after)) categories.push('changed');
  if (was && is && slower !== null && isSlower(before, after, slower)) categories.push('slower');
  return categories;
}

function looksOtherwise(before: ImageState, after: ImageState): boolean {
  return (
    before.width !== after.width ||
    before.height !== after.height ||
    before.format !== after.format ||
    isReplaced(before, after)
  );
}

/** Whether both runs have digests, and these differ: another picture, be it of the same size. */
export function isReplaced(before: ImageState, after: ImageState): boolean {
  return before.sha256 !== null && after.sha256 !== null && before.sha256 !== after.sha256;
}

function isSlower(before: ImageState, after: ImageState, share: number): boolean {
  if (before.download_ms === null || after.download_ms === null) return false;
  const growth = after.download_ms - before.download_ms;
  // 57% of 10,000 is a little less than 5,700 where 0.57 has to do for it.
  return growth >= SLOWER_FLOOR_MS && growth - before.download_ms * share > 1e-6;
}

/** A value for each category, in their order. */
function ofEach<Value>(make: (category: Category) => Value): Record<Category, Value> {
  return {
    newly_failing: make('newly_failing'),
    newly_skipped: make('newly_skipped'),
    slower: make('slower'),
    newly_passing: make('newly_passing'),
    changed: make('changed'),
    added: make('added'),
    removed: make('removed'),
  };
}

/** Counts images that come in any order, and keeps those that stand first in the manifest. */
function createFindings(limit: number) {
  let count = 0;
  let kept: ImagePair[] = [];
  const first = () => kept.sort(byPosition).slice(0, limit);
  return {
    count: () => count,
    first,
    add(pair: ImagePair): void {
      count += 1;
      kept.push(pair);
      // Not at every image: sorting would be all there is to do.
      if (kept.length >= 2 * limit) kept = first();
    },
  };
}

function byPosition(one: ImagePair, other: ImagePair): number {
  return one.store - other.store || one.image - other.image;
}

import { describe, expect, it } from 'vitest';
import {
  CATEGORIES,
  type Category,
  type CompareOptions,
  compareRuns,
  WORSE,
} from '../../src/diff/compare.ts';
import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';
import { documentOf, failed, image, pending, skipped, store } from '../support/documents.ts';

const COUNT_ALL: CompareOptions = { slower: null, limit: Number.POSITIVE_INFINITY };

function compare(
  before: StoreResult[],
  after: StoreResult[],
  options: Partial<CompareOptions> = {},
) {
  return compareRuns(documentOf(before), documentOf(after), { ...COUNT_ALL, ...options });
}

/** The categories of a store's only image, which is null where it is not there. */
async function categoriesOf(
  before: ImageResult | null,
  after: ImageResult | null,
  options: Partial<CompareOptions> = {},
): Promise<Category[]> {
  const runs = [before, after].map((one) => [store(one ? [one] : [])]);
  const { counts } = await compare(runs[0] ?? [], runs[1] ?? [], options);
  return CATEGORIES.filter((category) => counts[category]);
}

/** `store/image` of every image of a category. */
async function placesOf(category: Category, before: StoreResult[], after: StoreResult[]) {
  const { differences } = await compare(before, after);
  return differences[category].map((pair) => `${pair.store}/${pair.image}`);
}

const named = (store_id: string, images: ImageResult[]) => store(images, { store_id });
const at = (url: string, more: Partial<ImageResult> = {}) => image({ url, ...more });
const failedAt = (url: string) => failed({ url });
const inMs = (download_ms: number, more: Partial<ImageResult> = {}) =>
  image({ download_ms, ...more });

describe('an image', () => {
  it.each<[string, ImageResult | null, ImageResult | null, Category[]]>([
    ['completed, then failed', image(), failed(), ['newly_failing']],
    ['skipped, then failed', skipped(), failed(), ['newly_failing']],
    ['pending, then failed', pending(), failed(), ['newly_failing']],
    ['not there, then failed', null, failed(), ['newly_failing', 'added']],
    ['completed, then skipped', image(), skipped(), ['newly_skipped']],
    ['completed, then pending', image(), pending(), ['newly_skipped']],
    ['failed, then completed', failed(), image(), ['newly_passing']],
    ['skipped, then completed', skipped(), image(), ['newly_passing']],
    ['pending, then completed', pending(), image(), ['newly_passing']],
    ['of another width', image(), image({ width: 641 }), ['changed']],
    ['of another height', image(), image({ height: 481 }), ['changed']],
    ['of another format', image(), image({ format: 'png' }), ['changed']],
    ['not there, then completed', null, image(), ['added']],
    ['not there, then skipped', null, skipped(), ['added']],
    ['completed, then not there', image(), null, ['removed']],
    ['failed, then not there', failed(), null, ['removed']],
    ['as it was', image(), image(), []],
    ['of another length alone', image(), image({ bytes: 1 }), []],
    ['failed, then failed otherwise', failed(), failed({ error: null, status: 'failed' }), []],
    ['failed, then skipped', failed(), skipped(), []],
  ])('%s', async (_, before, after, expected) => {
    expect(await categoriesOf(before, after)).toEqual(expected);
  });
});

describe('a slower download', () => {
  const slower = 0.2;

  it.each<[string, number, number, boolean]>([
    ['by more than the share', 1000, 1201, true],
    ['by just the share', 1000, 1200, false],
    ['by less than 100 ms, whatever its share', 10, 109, false],
    ['by 100 ms, which are more than the share', 10, 110, true],
    ['that is faster', 1200, 100, false],
  ])('%s', async (_, before, after, is) => {
    const expected = is ? ['slower'] : [];
    expect(await categoriesOf(inMs(before), inMs(after), { slower })).toEqual(expected);
  });

  it('is told from one that is not by a share that no double is', async () => {
    expect(await categoriesOf(inMs(10_000), inMs(15_700), { slower: 0.57 })).toEqual([]);
  });

  it('is none where that was not asked', async () => {
    const { counts } = await compare([store([inMs(10)])], [store([inMs(9000)])]);
    expect(counts.slower).toBeNull();
  });

  it('may be of an image that changed', async () => {
    const now = inMs(9000, { width: 1 });
    expect(await categoriesOf(inMs(10), now, { slower })).toEqual(['slower', 'changed']);
  });

  it.each([
    ['failed before', failed({ download_ms: 10 }), inMs(9000), ['newly_passing']],
    ['fails now', inMs(10), failed({ download_ms: 9000 }), ['newly_failing']],
    ['was not timed', image({ download_ms: null }), inMs(9000), []],
  ])('is none of an image that %s', async (_, before, after, expected) => {
    expect(await categoriesOf(before, after, { slower })).toEqual(expected);
  });
});

describe('the new run', () => {
  const everything = [store([at('a'), at('b'), at('c'), failedAt('d'), at('e'), at('g')])];
  const better = [store([at('a'), at('b'), at('c'), at('d'), at('e', { format: 'png' }), at('f')])];

  it('is not worse where images pass, change, come and go', async () => {
    const { worse, counts } = await compare(everything, better, { slower: 0.2 });
    expect(counts).toEqual({
      ...{ newly_failing: 0, newly_skipped: 0, slower: 0 },
      ...{ newly_passing: 1, changed: 1, added: 1, removed: 1 },
    });
    expect(worse).toBe(false);
  });

  it.each<[Category, ImageResult]>([
    ['newly_failing', failed()],
    ['newly_skipped', skipped()],
    ['slower', inMs(9000)],
  ])('is worse where an image is %s', async (category, now) => {
    expect(WORSE).toContain(category);
    expect(await compare([store([image()])], [store([now])], { slower: 0 })).toMatchObject({
      worse: true,
      counts: { [category]: 1 },
    });
  });
});

describe('stores', () => {
  it('match by their id wherever they stand, and have the positions of the new run', async () => {
    const before = [named('S1', [at('a')]), named('S2', [at('b')]), named('S3', [at('c')])];
    const after = [named('S3', [failedAt('c')]), named('S1', [at('a')]), named('S2', [at('b')])];
    const { counts, differences } = await compare(before, after);
    expect(counts).toMatchObject({ newly_failing: 1, added: 0, removed: 0 });
    expect(differences.newly_failing).toMatchObject([
      { store_id: 'S3', store: 0, image: 0, images: 1, url: 'c' },
    ]);
  });

  it('of one id match in their order', async () => {
    const before = [named('S1', [at('a')]), named('S2', []), named('S1', [at('b')])];
    const after = [named('S1', [at('a')]), named('S1', [failedAt('b')]), named('S1', [at('c')])];
    expect(await placesOf('newly_failing', before, after)).toEqual(['1/0']);
    expect(await placesOf('added', before, after)).toEqual(['2/0']);
    expect(await placesOf('removed', before, after)).toEqual([]);
  });

  it('of one run alone are added or removed with all their images', async () => {
    const [left, right] = [[named('S1', [at('a'), at('b')])], [named('S2', [at('a')])]];
    expect(await placesOf('removed', left, right)).toEqual(['0/0', '0/1']);
    expect(await placesOf('added', left, right)).toEqual(['0/0']);
  });

  it('are read side by side, each document once', async () => {
    const read: string[] = [];
    const document = (name: string, ids: string[]) => {
      const { head } = documentOf([]);
      return {
        head,
        async *stores() {
          for (const id of ids) {
            read.push(name + id);
            yield named(id, [at('a')]);
          }
        },
      };
    };
    await compareRuns(document('old', ['1', '2']), document('new', ['0', '1', '2']), COUNT_ALL);
    expect(read).toEqual(['old1', 'new0', 'old2', 'new1', 'new2']);
  });
});

describe('images of a store', () => {
  const changes = (before: ImageResult[], after: ImageResult[]) =>
    compare([store(before)], [store(after)]);

  it('match by their URL wherever they stand, and have the positions of the new run', async () => {
    const after = [at('z'), at('a'), failedAt('c'), at('b')];
    const { counts, differences } = await changes([at('a'), at('b'), at('c')], after);
    expect(counts).toMatchObject({ newly_failing: 1, changed: 0, added: 1, removed: 0 });
    expect(differences.newly_failing).toMatchObject([{ image: 2, images: 4, url: 'c' }]);
    expect(differences.added).toMatchObject([{ image: 0, images: 4, url: 'z' }]);
  });

  it('of one URL match in their order', async () => {
    const before = [at('a'), at('a', { width: 2 }), at('b')];
    const after = [at('a'), at('b'), at('a', { width: 2 }), failedAt('a')];
    const { counts, differences } = await changes(before, after);
    expect(counts).toMatchObject({ changed: 0, added: 1, removed: 0, newly_failing: 1 });
    expect(differences.added).toMatchObject([{ image: 3 }]);
  });

  it('that are gone have the positions of the old run', async () => {
    const { differences } = await changes([at('a'), at('b'), at('b'), at('b')], [at('b')]);
    expect(differences.removed).toMatchObject([
      { image: 0, images: 4, url: 'a', before: { status: 'completed' }, after: null },
      { image: 2, images: 4, url: 'b' },
      { image: 3, images: 4, url: 'b' },
    ]);
  });

  it('of other stores do not match', async () => {
    const before = [named('S1', [at('a')]), named('S2', [])];
    const after = [named('S1', []), named('S2', [at('a')])];
    expect(await placesOf('removed', before, after)).toEqual(['0/0']);
    expect(await placesOf('added', before, after)).toEqual(['1/0']);
  });

  it('may be many of one URL', async () => {
    const many = (first: string) => [at(first), ...Array<ImageResult>(200_000).fill(at('a'))];
    const { counts } = await changes(many('b'), many('c'));
    expect(counts).toMatchObject({ added: 1, removed: 1 });
  });
});

describe('differences', () => {
  /** So many stores, each of them with an image that fails where that is said. */
  const stores = (count: number, one: (url: string) => ImageResult) =>
    Array.from({ length: count }, (_, index) => named(`S${index}`, [one('a')]));

  it('are all counted, and the first ones in manifest order kept', async () => {
    const before = stores(100, at);
    const after = stores(100, failedAt).reverse();
    const { counts, differences } = await compare(before, after, { limit: 3 });
    expect(counts.newly_failing).toBe(100);
    expect(differences.newly_failing.map((pair) => pair.store)).toEqual([0, 1, 2]);
    expect(differences.newly_failing.map((pair) => pair.store_id)).toEqual(['S99', 'S98', 'S97']);
  });

  it('are none between a document and itself', async () => {
    const document = documentOf([
      named('S1', [at('a'), failedAt('b'), skipped()]),
      named('S1', []),
    ]);
    const { worse, counts } = await compareRuns(document, document, { ...COUNT_ALL, slower: 0 });
    expect(worse).toBe(false);
    expect(Object.values(counts)).toEqual(CATEGORIES.map(() => 0));
  });

  it('are none between jobs without stores', async () => {
    expect(await compare([], [])).toMatchObject({ worse: false, counts: { added: 0, removed: 0 } });
  });
});

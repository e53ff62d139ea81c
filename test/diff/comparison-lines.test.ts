import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/diff/compare.ts';
import { comparisonLines } from '../../src/diff/comparison-lines.ts';
import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';
import type { Style } from '../../src/terminal/style.ts';
import { documentOf, failed, image, pending, skipped, store } from '../support/documents.ts';

const STYLE: Style = { unicode: true, color: false };
const RUN = 'spring-audit (2026-03-01 09:30:00 UTC)';

async function linesOf(
  before: StoreResult[],
  after: StoreResult[],
  { slower = null, style = STYLE }: { slower?: number | null; style?: Style } = {},
): Promise<string[]> {
  const runs = [documentOf(before), documentOf(after)] as const;
  return comparisonLines(await compareRuns(...runs, { slower, limit: 20 }), style);
}

/** The line of the only image that differs. */
async function lineOf(before: ImageResult, after: ImageResult, style = STYLE) {
  const lines = await linesOf([store([before])], [store([after])], { slower: 0.2, style });
  return lines.at(-1);
}

describe('what people read of a comparison', () => {
  it('is how many there were, and then each category with its images', async () => {
    const at = (name: string, more: Partial<ImageResult> = {}) =>
      image({ url: `https://cdn.example/${name}.jpg`, ...more });
    const before = [
      store([at('a'), at('b'), at('c'), at('d')], { store_id: 'S1' }),
      store([at('e'), failed({ url: 'https://cdn.example/f.jpg' })], { store_id: 'S0002' }),
      store([at('h', { download_ms: 12 }), at('i')], { store_id: 'S3' }),
    ];
    const after = [
      store(
        [at('a'), failed({ url: 'https://cdn.example/b.jpg' }), skippedAt('c'), skippedAt('d')],
        {
          store_id: 'S1',
        },
      ),
      store([at('e', { width: 320, format: 'png' }), at('f')], { store_id: 'S0002' }),
      store([at('g'), at('h', { download_ms: 1204 })], { store_id: 'S3' }),
    ];
    expect(await linesOf(before, after, { slower: 0.2 })).toEqual([
      `${RUN} → ${RUN}`,
      '  stores   2 completed   1 failed',
      '  images   7 → 5 completed   1 failed   0 → 2 skipped',
      '',
      'newly failing  1',
      '  S1  image 2 of 4  was completed, now 404 Not Found  https://cdn.example/b.jpg',
      '',
      'newly skipped or pending  2',
      '  S1  image 3 of 4  was completed, now skipped  https://cdn.example/c.jpg',
      '  S1  image 4 of 4  was completed, now skipped  https://cdn.example/d.jpg',
      '',
      'slower by over 20%, and by 100 ms at least  1',
      '  S3  image 2 of 2  12 ms → 1,204 ms  https://cdn.example/h.jpg',
      '',
      'newly passing  1',
      '  S0002  image 2 of 2  was 404 Not Found, now completed  https://cdn.example/f.jpg',
      '',
      'changed  1',
      '  S0002  image 1 of 2  640×480 jpg → 320×480 png  https://cdn.example/e.jpg',
      '',
      'added  1',
      '  S3  image 1 of 2  completed  https://cdn.example/g.jpg',
      '',
      'removed  1',
      '  S3  image 2 of 2  was completed  https://cdn.example/i.jpg',
    ]);
  });

  it.each([
    ['nothing differs', failed()],
    ['an image failed otherwise', failed({ error: null, status: 'failed' })],
  ])('is one line where %s', async (_, now) => {
    expect(await linesOf([store([failed()])], [store([now], { status: 'failed' })])).toEqual([
      `no image got worse or better, changed, came or went: ${RUN} → ${RUN}`,
    ]);
  });

  it('says so as well where it only differs how many there were', async () => {
    expect(await linesOf([store([failed()])], [store([skipped()])])).toEqual([
      `${RUN} → ${RUN}`,
      '  stores   0 → 1 completed   1 → 0 failed',
      '  images   1 → 0 failed   0 → 1 skipped',
      '',
      'no image got worse or better, changed, came or went',
    ]);
  });

  it('says of a run that it is ongoing', async () => {
    const ongoing = [store([pending()], { status: 'pending' })];
    const [first] = await linesOf(ongoing, [store([image()])]);
    expect(first).toBe(`spring-audit (2026-03-01 09:30:00 UTC, ongoing) → ${RUN}`);
  });

  it('says of jobs without stores that there are none', async () => {
    const [, ...totals] = await linesOf([], [store([])]);
    expect(totals.slice(0, 2)).toEqual(['  stores   0 → 1 completed', '  images   none']);
  });

  it('has at most 20 images of a category, then how many more', async () => {
    const many = (one: () => ImageResult) => [store(Array.from({ length: 1234 }, one))];
    const lines = await linesOf(many(image), many(failed));
    expect(lines[4]).toBe('newly failing  1,234');
    expect(lines.slice(5, -1)).toHaveLength(20);
    expect(lines[24]).toMatch(/^ {2}S0031 {2}image 20 of 1,234 {2}/);
    expect(lines.at(-1)).toBe('  … and 1,214 more (--json has all)');
  });

  it('has all 20 of 20 without a count', async () => {
    const many = (one: () => ImageResult) => [store(Array.from({ length: 20 }, one))];
    const lines = await linesOf(many(image), many(failed));
    expect(lines.at(-1)).toMatch(/image 20 of 20 /);
  });

  it('has the cells of a category below one another', async () => {
    const stores = (one: ImageResult) => [
      store([one], { store_id: 'S1' }),
      store([one], { store_id: 'S00002' }),
    ];
    const lines = await linesOf(stores(image()), stores(skipped()));
    expect(lines.slice(-2)).toEqual([
      '  S1      image 1 of 1  was completed, now skipped  https://cdn.example/a/3.jpg',
      '  S00002  image 1 of 1  was completed, now skipped  https://cdn.example/a/3.jpg',
    ]);
  });

  it.each([
    [0.07, 'slower by over 7%, and by 100 ms at least  1'],
    [0.125, 'slower by over 12.5%, and by 100 ms at least  1'],
    [10, 'slower by over 1000%, and by 100 ms at least  1'],
  ])('says a share as it is typed: %s', async (slower, title) => {
    const now = [store([image({ download_ms: 9000 })])];
    expect(await linesOf([store([image()])], now, { slower })).toContain(title);
  });
});

describe('foreign text', () => {
  const secret = 'https://me:hush@cdn.example/a.jpg?token=hush#hush';

  it('has none of the secrets of a URL', async () => {
    const line = await lineOf(image({ url: secret }), failed({ url: secret }));
    expect(line).toMatch(/ {2}https:\/\/cdn\.example\/a\.jpg\?…$/);
    expect(line).not.toContain('hush');
  });

  it('can do nothing to the terminal', async () => {
    const error = { ...failed().error, code: 'work' as const, message: 'a\u001b[2J\nb' };
    const now = { ...failed({ url: 'https://cdn.example/\u202e\u001b[31m' }) };
    const bad = { ...now, error: { http_status: null, host: null, ...error } };
    const stores = (one: ImageResult) => [store([one], { store_id: 'S\u001b[2J\n1' })];
    const text = (await linesOf(stores({ ...image(), url: now.url }), stores(bad))).join('|');
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(text).toContain('  S[2J1  image 1 of 1  was completed, now a[2Jb  ');
  });

  it('is cut', async () => {
    const long = 'x'.repeat(100_000);
    const lines = await linesOf(
      [store([image({ url: long })], { store_id: long })],
      [store([failed({ url: long })], { store_id: long })],
    );
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(700);
  });

  it('is ASCII where the terminal has nothing else', async () => {
    const ascii = { unicode: false, color: false };
    const url = 'https://cdn.example/é.jpg?a';
    const line = await lineOf(image({ url }), image({ url, width: 1 }), ascii);
    expect(line).toBe(
      '  S0031  image 1 of 1  640x480 jpg -> 1x480 jpg  https://cdn.example/?.jpg?...',
    );
  });

  it('is coloured by what is worse and what is better alone', async () => {
    const style = { unicode: true, color: true };
    const before = [store([image(), failed()])];
    const after = [store([image({ width: 1 }), image(), failed()])];
    const titles = (await linesOf(before, after, { style })).filter((line) =>
      /^\S.* {2}\d$/.test(line),
    );
    expect(titles).toEqual([
      '\u001b[31mnewly failing\u001b[39m  1',
      '\u001b[32mnewly passing\u001b[39m  1',
      'changed  1',
      'added  1',
    ]);
  });
});

function skippedAt(name: string): ImageResult {
  return { ...skipped(), url: `https://cdn.example/${name}.jpg` };
}

import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/diff/compare.ts';
import { comparisonText } from '../../src/diff/comparison-json.ts';
import type { ImageResult } from '../../src/results/results-schema.ts';
import { collect } from '../support/collect.ts';
import { documentOf, failed, image, NOT_FOUND, PHOTO, store } from '../support/documents.ts';

async function textOf(before: ImageResult[], after: ImageResult[], slower: number | null = null) {
  const runs = [documentOf([store(before)]), documentOf([store(after)])] as const;
  const limit = Number.POSITIVE_INFINITY;
  return (await collect(comparisonText(await compareRuns(...runs, { slower, limit })))).join('');
}

const COUNTS = { total: 1, completed: 1, failed: 0, skipped: 0, pending: 0 };
const RUN = {
  job_id: 'spring-audit',
  status: 'completed',
  started_at: '2026-03-01T09:30:00.000Z',
  stores: { ...COUNTS, ongoing: 0 },
  images: { ...COUNTS, reused: 0 },
};
const COMPLETED = {
  ...{ status: 'completed', width: 640, height: 480, format: 'jpg', download_ms: 38 },
  ...{ sha256: null, error: null },
};

describe('a comparison as JSON', () => {
  it('has what both runs were, what got worse, and each image with both its states', async () => {
    const none = { total: 1, completed: 0, failed: 1, skipped: 0, pending: 0 };
    const failing = { ...COMPLETED, status: 'failed', width: null, height: null, format: null };
    expect(JSON.parse(await textOf([image()], [failed()]))).toEqual({
      schema_version: 1,
      old: RUN,
      new: {
        ...RUN,
        status: 'failed',
        stores: { ...none, ongoing: 0 },
        images: { ...none, reused: 0 },
      },
      worse: true,
      summary: {
        ...{ newly_failing: 1, newly_skipped: 0, slower: null },
        ...{ newly_passing: 0, changed: 0, added: 0, removed: 0 },
      },
      newly_failing: [
        {
          ...{ store_id: 'S0031', store: 0, image: 0, images: 1, url: PHOTO },
          before: COMPLETED,
          after: { ...failing, download_ms: 30, error: NOT_FOUND },
        },
      ],
      ...{
        newly_skipped: [],
        slower: null,
        newly_passing: [],
        changed: [],
        added: [],
        removed: [],
      },
    });
  });

  it('has its keys in one order, a line for each field and each image', async () => {
    const images = Array.from({ length: 450 }, (_, index) => image({ url: `u${index}` }));
    const text = await textOf([], images);
    expect(Object.keys(JSON.parse(text)).join(' ')).toBe(
      'schema_version old new worse summary newly_failing newly_skipped slower newly_passing changed added removed',
    );
    const lines = text.split('\n');
    expect(lines.map((line) => line.slice(0, 11)).slice(0, 7)).toEqual([
      '{',
      '  "schema_v',
      '  "old": {"',
      '  "new": {"',
      '  "worse": ',
      '  "summary"',
      '  "newly_fa',
    ]);
    expect(lines.filter((line) => /^ {4}\{"store_id":.*\},?$/.test(line))).toHaveLength(450);
    expect(lines.slice(-4)).toEqual(['  ],', '  "removed": []', '}', '']);
  });

  it('has a null where an image is in one run alone', async () => {
    const { added, removed } = JSON.parse(
      await textOf([image({ url: 'a' })], [image({ url: 'b' })]),
    );
    expect(added).toMatchObject([{ url: 'b', before: null, after: COMPLETED }]);
    expect(removed).toMatchObject([{ url: 'a', before: COMPLETED, after: null }]);
  });

  it('has a list of what is slower where that was asked', async () => {
    const { summary, slower } = JSON.parse(await textOf([image()], [image()], 0.2));
    expect([summary.slower, slower]).toEqual([0, []]);
  });

  it('has URLs as they are, and escapes what a terminal would obey', async () => {
    const url = 'https://me:hush@cdn.example/\u009b31m\u202e?token=hush';
    const text = await textOf([image({ url })], [failed({ url })]);
    expect(JSON.parse(text).newly_failing[0].url).toBe(url);
    expect(text).toContain('"https://me:hush@cdn.example/\\u009b31m\\u202e?token=hush"');
  });
});

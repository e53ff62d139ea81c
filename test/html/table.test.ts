import { describe, expect, it } from 'vitest';
import { createTable, STATUSES } from '../../src/html/table.ts';
import type { StoreResult } from '../../src/results/results-schema.ts';
import { failed, image, pending, skipped, store } from '../support/documents.ts';

function tableOf(stores: StoreResult[]) {
  const images = stores.flatMap((one) => one.images);
  const count = { images: images.length, failed: images.filter(({ error }) => error).length };
  const table = createTable(count);
  for (const one of stores) table.add(one);
  return table.table();
}

describe('the table of all images', () => {
  it('has a row for each, in manifest order, in columns', () => {
    const { data, images } = tableOf([
      store([image({ duration_ms: 1000, attempts: 2 }), failed()], { store_id: 'S1' }),
      store([], { store_id: 'S2' }),
      store([image({ format: 'png', width: 5, height: 7 }), skipped(), pending()], {
        store_id: 'S1',
      }),
    ]);
    expect(images).toBe(5);
    expect(data).toEqual({
      // The same id twice is two visits of a store.
      store_ids: ['S1', 'S1'],
      formats: ['jpg', 'png'],
      errors: ['http-status: 404 Not Found (cdn.example)'],
      store: [0, 0, 1, 1, 1],
      image: [1, 2, 1, 2, 3],
      url: Array(5).fill('https://cdn.example/a/3.jpg'),
      link: [1, 1, 1, 1, 1],
      status: [0, 1, 0, 2, 3],
      width: [640, -1, 5, -1, -1],
      height: [480, -1, 7, -1, -1],
      format: [0, -1, 1, -1, -1],
      bytes: [40_321, -1, 40_321, -1, -1],
      attempts: [2, 1, 1, 0, 0],
      wait: [562, 0, 1, -1, -1],
      download: [38, 30, 38, -1, -1],
      work: [400, -1, 400, -1, -1],
      error: [-1, 0, -1, -1, -1],
    });
    expect(data.status.map((status) => STATUSES[status])).toEqual(
      ['completed', 'failed', 'completed', 'skipped', 'pending'], // biome-ignore format: as above
    );
  });

  it('shows URLs and texts as prose does', () => {
    const url = 'https://user:secret@cdn.example/a.jpg?token=abc#x';
    const error = {
      code: 'http-status' as const,
      message: '404\u001b[2J',
      http_status: 404,
      host: null,
    };
    const { data } = tableOf([store([failed({ url, error })], { store_id: 'S\u202e1' })]);
    expect(data).toMatchObject({
      store_ids: ['S1'],
      url: ['https://cdn.example/a.jpg?…'],
      link: [0],
      errors: ['http-status: 404[2J'],
    });
  });
});

describe('the table of more images than a page can hold', () => {
  const completed = Array.from({ length: 100_000 }, () => image());
  const wrong = Array.from({ length: 100_000 }, () => failed());

  it('has all that failed, and of the others the first ones', () => {
    const { data, images } = tableOf([store(completed), store(completed), store(wrong.slice(1))]);
    expect(images).toBe(299_999);
    expect(data.url).toHaveLength(200_000);
    const ofStatus = (status: number) => data.status.filter((one) => one === status).length;
    expect([ofStatus(0), ofStatus(1)]).toEqual([100_001, 99_999]);
    expect(data.store.slice(100_000, 100_002)).toEqual([1, 2]);
  });

  it('has no more where all failed', () => {
    const { data } = tableOf([store(wrong), store([image()]), store(wrong), store(wrong)]);
    expect(data.url).toHaveLength(200_000);
    expect(data.status.every((status) => status === 1)).toBe(true);
  });
});

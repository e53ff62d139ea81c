import { describe, expect, it } from 'vitest';
import { createHostTimes } from '../../src/html/host-times.ts';
import { createSlowestStores } from '../../src/html/slowest-stores.ts';
import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';
import { failed, image, skipped, store } from '../support/documents.ts';
import { createRandom } from '../support/random.ts';

function hostsOf(images: ImageResult[], most = 10) {
  const hosts = createHostTimes();
  hosts.add(store(images));
  return { slowest: hosts.slowest(most), count: hosts.count(), hasMore: hosts.hasMore() };
}

function slowestOf(stores: StoreResult[], most: number) {
  const slowest = createSlowestStores(most);
  for (const one of stores) slowest.add(one);
  return slowest.list();
}

const from = (host: string, more: Partial<ImageResult> = {}) =>
  image({ url: `https://${host}/a.jpg`, ...more });

describe('the slowest hosts', () => {
  it('are those with the slowest downloads on average, with what they were asked for', () => {
    const { slowest, count } = hostsOf([
      from('fast.example', { download_ms: 10, bytes: 100 }),
      from('slow.example', { download_ms: 300, bytes: 1000 }),
      from('fast.example', { download_ms: 31, bytes: 200 }),
      failed({ url: 'https://slow.example/b.jpg', download_ms: 100, bytes: 0 }),
    ]);
    expect(count).toBe(2);
    expect(slowest).toEqual([
      { host: 'slow.example', images: 2, failed: 1, bytes: 1000, mean_ms: 200, max_ms: 300 },
      { host: 'fast.example', images: 2, failed: 0, bytes: 300, mean_ms: 20.5, max_ms: 31 },
    ]);
  });

  it('are as many as were asked for', () => {
    const images = [5, 9, 7].map((download_ms) => from(`h${download_ms}.example`, { download_ms }));
    expect(hostsOf(images, 2).slowest.map(({ host }) => host)).toEqual([
      'h9.example',
      'h7.example',
    ]);
  });

  it('are named by the URL, with its port and without its user', () => {
    const { slowest } = hostsOf([from('user:secret@CDN.example:8443')]);
    expect(slowest.map(({ host }) => host)).toEqual(['cdn.example:8443']);
  });

  it('leave out what no host was asked for: skipped images, and what are no URLs of the web', () => {
    const urls = [
      'no URL',
      'javascript://cdn.example/',
      'data:image/png;base64,AA',
      'file:///a.png',
    ];
    const images = [...urls, 'ftp://cdn.example/a.jpg'].map((url) => failed({ url }));
    expect(hostsOf([skipped(), ...images])).toEqual({ slowest: [], count: 0, hasMore: false });
  });

  it('are there for HTTP without encryption as well', () => {
    const { slowest } = hostsOf([image({ url: 'http://cdn.example/a.jpg' })]);
    expect(slowest.map(({ host }) => host)).toEqual(['cdn.example']);
  });

  it('are last where no time is known', () => {
    const { slowest } = hostsOf([
      failed({ url: 'https://unknown.example/', download_ms: null }),
      from('known.example', { download_ms: 0 }),
    ]);
    expect(slowest.map(({ host, mean_ms }) => [host, mean_ms])).toEqual([
      ['known.example', 0],
      ['unknown.example', null],
    ]);
  });

  it('are bounded: above 10,000 the others are one', () => {
    const images = Array.from({ length: 10_003 }, (_, index) =>
      from(`h${index}.example`, { download_ms: index < 10_000 ? 1 : 50 }),
    );
    const { slowest, count, hasMore } = hostsOf(
      [...images, from('h0.example', { download_ms: 1 })],
      1,
    );
    expect({ count, hasMore }).toEqual({ count: 10_000, hasMore: true });
    expect(slowest).toMatchObject([{ host: 'other hosts', images: 3, mean_ms: 50 }]);
  });
});

describe('the slowest stores', () => {
  it('have the time of their images by what it was for', () => {
    const images = [
      image({ duration_ms: 1200, download_ms: 50, work_ms: 400 }),
      failed({ duration_ms: 30, download_ms: 30 }),
      skipped(),
    ];
    expect(slowestOf([store(images, { store_id: 'S7', duration_ms: 1300 })], 10)).toEqual([
      {
        store_id: 'S7',
        status: 'failed',
        duration_ms: 1300,
        done: 2,
        images: 3,
        wait_ms: 750,
        download_ms: 80,
        work_ms: 400,
      },
    ]);
  });

  it('leave out those that have not begun', () => {
    expect(slowestOf([store([skipped()], { duration_ms: null })], 10)).toEqual([]);
  });

  it.each([1, 2, 3])('are the same as of all stores sorted (seed %i)', (seed) => {
    const random = createRandom(seed);
    const times = Array.from({ length: 500 }, () => random.below(1000));
    const stores = times.map((duration_ms) => store([image()], { duration_ms }));
    expect(slowestOf(stores, 10).map(({ duration_ms }) => duration_ms)).toEqual(
      times.sort((a, b) => b - a).slice(0, 10),
    );
  });
});

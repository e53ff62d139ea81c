import { describe, expect, it } from 'vitest';
import type { JobOptions } from '../../src/options/job-options.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createSnapshots } from '../../src/results/snapshot.ts';
import { createManifest, NOT_FOUND, OPTIONS } from '../support/effects.ts';
import { finished } from '../support/recorded.ts';

const job_id = 'spring-audit';
const timeAt = (ms: number) => new Date(Date.UTC(2026, 2, 1, 9, 30) + ms).toISOString();

/** A job with so many images in each store, looked at every 100 ms of its time. */
function running(counts: number[], options: Partial<JobOptions> = {}) {
  const stores = counts.map((count) => Array.from({ length: count }, () => 'http://img.example/'));
  const reducer = createReducer(createManifest(stores, job_id), createMemoryResults());
  let now = 0;
  const images = counts.reduce((sum, count) => sum + count, 0);
  const tell = (event: JobEvent) => reducer.apply(event);
  tell({
    ...{ t: timeAt(0), type: 'job_started', job_id, schema_version: 1 },
    ...{ stores: counts.length, images, options: { ...OPTIONS, ...options } },
  });
  const look = createSnapshots(reducer, () => now);
  return {
    look,
    tell,
    start: (store: number) =>
      tell({ t: timeAt(now), type: 'store_started', job_id, store, store_id: `S${store}` }),
    done: (store: number, image: number) => tell(finished(store, image, null, timeAt(now))),
    end: (store: number) =>
      tell({
        ...{ t: timeAt(now), type: 'store_finished', job_id, store },
        ...{ status: 'completed', error: null },
      }),
    /** Lets time go by up to then; `each` is called with every hundredth millisecond. */
    until(ms: number, each: (ms: number) => void) {
      for (; now < ms; ) {
        now += 100;
        each(now);
        look();
      }
      return look();
    },
  };
}

describe('the time to go', () => {
  it('is that of the longest store, however fast the others are', () => {
    const job = running([40, 4, 4, 4, 4]);
    for (const store of [0, 1, 2, 3, 4]) job.start(store);
    const { eta_ms } = job.until(2000, (ms) => {
      if (ms % 500 !== 0) return;
      for (const store of [0, 1, 2, 3, 4]) {
        job.done(store, ms / 500 - 1);
        if (store > 0 && ms === 2000) job.end(store);
      }
    });
    // 36 images are left, half a second each.
    expect(eta_ms).toBeGreaterThan(0.8 * 18_000);
    expect(eta_ms).toBeLessThan(1.2 * 18_000);
  });

  it('is that of the slowest store, where its images take longer than those of others', () => {
    const job = running([20, 200]);
    job.start(0);
    job.start(1);
    const { eta_ms } = job.until(10_000, (ms) => {
      if (ms % 2000 === 0) job.done(0, ms / 2000 - 1);
      job.done(1, ms / 100 - 1);
    });
    // 15 images of 2 s, while the other store has 100 of 100 ms left.
    expect(eta_ms).toBeGreaterThan(0.8 * 30_000);
    expect(eta_ms).toBeLessThan(1.3 * 30_000);
  });

  it('knows that what waits begins when another store has ended', () => {
    const job = running([10, 10, 10]);
    job.start(0);
    job.start(1);
    const { eta_ms } = job.until(2500, (ms) => {
      if (ms % 500 !== 0) return;
      job.done(0, ms / 500 - 1);
      job.done(1, ms / 500 - 1);
    });
    // 2.5 s until there is a slot, and then 5 s; at the rate of now it were 5 s.
    expect(eta_ms).toBeGreaterThan(0.8 * 7500);
    expect(eta_ms).toBeLessThan(1.2 * 7500);
  });

  it('is known of a store that alone is left, and is slower than what the rate can tell', () => {
    const job = running([4]);
    job.start(0);
    const { rate, eta_ms } = job.until(39_000, (ms) => {
      if (ms === 20_000) job.done(0, 0);
    });
    expect(rate).toBeNull();
    expect(eta_ms).toBeGreaterThan(0.8 * 60_000);
  });

  it('takes what was taken over for no measure', () => {
    const job = running([100, 100]);
    for (let image = 0; image < 60; image += 1) {
      job.tell({ ...finished(0, image, null, timeAt(0)), reused: true });
    }
    const { eta_ms } = job.until(5000, (ms) => {
      if (ms === 100) for (const store of [0, 1]) job.start(store);
      if (ms % 500 !== 0) return;
      job.done(0, 59 + ms / 500);
      job.done(1, ms / 500 - 1);
    });
    expect(eta_ms).toBeGreaterThan(0.8 * 45_000);
    expect(eta_ms).toBeLessThan(1.2 * 45_000);
  });
});

describe('what a job is like now', () => {
  it('names the work, and none where the sleep stands for a GPU', () => {
    expect(running([1]).look().work).toBeNull();
    const job = running([1], { work: '/home/a/resnet.mjs' });
    expect(job.look().work).toBe('resnet');
    job.tell({ t: timeAt(0), type: 'job_resumed', job_id, retry_failed: false, options: {} });
    expect(job.look().work).toBe('resnet');
    const work = '/home/a/node_modules/phash';
    job.tell({ t: timeAt(0), type: 'job_resumed', job_id, retry_failed: false, options: { work } });
    expect(job.look().work).toBe('phash');
  });
});

describe('what was downloaded', () => {
  const reduced = () => {
    const stores = [Array.from({ length: 100 }, () => 'http://img.example/')];
    return createReducer(createManifest(stores, job_id), createMemoryResults());
  };
  const took = (image: number, download_ms: number) => {
    const event = finished(0, image);
    return { ...event, result: { ...event.result, download_ms } };
  };

  it('has its quantiles by nearest rank, exact or nearly so', () => {
    const reducer = reduced();
    expect(reducer.downloads.quantile(0.5)).toBeNull();
    for (let image = 0; image < 100; image += 1) reducer.apply(took(image, (image + 1) * 100));
    expect(reducer.downloads.quantile(0.05)).toBe(500);
    expect(reducer.downloads.quantile(0.5)).toBeGreaterThan(0.997 * 5000);
    expect(reducer.downloads.quantile(0.5)).toBeLessThanOrEqual(5000);
    expect(reducer.downloads.quantile(0.95)).toBeGreaterThan(0.997 * 9500);
    expect(reducer.downloads.bytes()).toBe(100 * 100);
  });

  it('is bounded, whatever a result says', () => {
    const reducer = reduced();
    for (const [image, ms] of [0, 1023, 1024, 2 ** 24 - 1, 315_576_000_000_000].entries()) {
      reducer.apply(took(image, ms));
    }
    const at = [0, 0.4, 0.6, 0.8, 1].map(reducer.downloads.quantile);
    expect(at.slice(0, 3)).toEqual([0, 1023, 1024]);
    expect(at[4]).toBe(at[3]);
    expect(at[4]).toBeGreaterThan(0.99 * 2 ** 24);
  });

  it('leaves out what was taken over, what was replaced and what failed', () => {
    const reducer = reduced();
    reducer.apply({ ...took(0, 7000), reused: true });
    reducer.apply(took(1, 9000));
    reducer.apply(took(1, 30));
    reducer.apply(finished(0, 2, NOT_FOUND));
    expect([0, 1].map(reducer.downloads.quantile)).toEqual([30, 30]);
    expect(reducer.downloads.bytes()).toBe(100);
    // Done again after all.
    reducer.apply(took(0, 40));
    expect([0, 1].map(reducer.downloads.quantile)).toEqual([30, 40]);
  });
});

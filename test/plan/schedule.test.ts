import { describe, expect, it } from 'vitest';
import { runJobTask } from '../../src/job/job.ts';
import { createSlots } from '../../src/job/slots.ts';
import { makespan, usefulCap } from '../../src/plan/schedule.ts';
import { createJobTask, createManifest, createTestEffects, OPTIONS } from '../support/effects.ts';
import { createRandom } from '../support/random.ts';
import { processorTime } from '../support/times.ts';

/** What a test's image takes in virtual time: the download and the work. */
const IMAGE_MS = 410;

/** The same schedule the plain way: for each store, the slot that has least to do. */
function simulate(image_counts: Uint32Array, cap: number): number {
  const slots: number[] = Array(cap).fill(0);
  for (const count of [...image_counts].sort((a, b) => b - a)) {
    const first = slots.indexOf(Math.min(...slots));
    slots[first] = (slots[first] ?? 0) + count;
  }
  return Math.max(...slots);
}

/** The useful cap the plain way: one after another. */
function search(image_counts: Uint32Array): number {
  const longest = Math.max(0, ...image_counts);
  let cap = 1;
  while (simulate(image_counts, cap) > longest) cap += 1;
  return cap;
}

/** So many jobs of a few stores each, empty ones among them, of many equal and of few very unequal sizes. */
function randomJobs(jobs: number, seed: number): Uint32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: jobs }, () => {
    const limit = [2, 4, 10, 100, 1000][random.below(5)] ?? 1;
    return Uint32Array.from({ length: random.below(25) }, () => {
      return Math.floor(limit * random.next() * random.next());
    });
  });
}

describe('the makespan', () => {
  it.each([
    ['nothing', [], 5, 0],
    ['empty stores', [0, 0, 0], 2, 0],
    ['one store', [7], 50, 7],
    ['one slot', [3, 0, 4, 5], 1, 12],
    ['a slot for each store', [3, 4, 5], 3, 5],
    ['equal stores in waves', [2, 2, 2, 2, 2], 2, 6],
    ['the longest first, wherever it stands', [1, 1, 1, 1, 4], 2, 4],
    ['not the best there is, but what a run does', [3, 3, 2, 2, 2], 2, 7],
  ])('of %s: %j with %d slots take %d', (_, image_counts, cap, images) => {
    expect(makespan(Uint32Array.from(image_counts), cap)).toBe(images);
  });

  it('is that of the schedule simulated the plain way', () => {
    for (const image_counts of randomJobs(300, 1)) {
      for (const cap of [1, 2, 3, 5, 8, 13, 24, 25, 26, 100]) {
        expect(makespan(image_counts, cap), `${image_counts} with ${cap} slots`).toBe(
          simulate(image_counts, cap),
        );
      }
    }
  });

  it('is how long a job really runs, in virtual time', async () => {
    for (const image_counts of randomJobs(40, 2)) {
      const stores = Array.from(image_counts, (images) => Array(images % 20).fill('http://a/b'));
      const manifest = createManifest(stores);
      for (const concurrency of [1, 3, 8]) {
        const effects = createTestEffects();
        const options = { ...OPTIONS, concurrency };
        await runJobTask(
          createJobTask(manifest, effects, { options, slots: createSlots(concurrency) }),
        );
        expect(effects.elapsed(), `${manifest.image_counts} with ${concurrency} slots`).toBe(
          IMAGE_MS * makespan(manifest.image_counts, concurrency),
        );
      }
    }
  });

  it('leaves the counts in their order', () => {
    const image_counts = Uint32Array.of(1, 3, 2);
    makespan(image_counts, 2);
    usefulCap(image_counts);
    expect([...image_counts]).toEqual([1, 3, 2]);
  });

  it('does not grow with the cap', () => {
    for (const image_counts of randomJobs(300, 3)) {
      let narrower = Number.POSITIVE_INFINITY;
      for (let cap = 1; cap <= 26; cap += 1) {
        const images = makespan(image_counts, cap);
        expect(images, `${image_counts} with ${cap} slots`).toBeLessThanOrEqual(narrower);
        narrower = images;
      }
    }
  });
});

describe('the useful cap', () => {
  it.each([
    ['nothing', [], 1],
    ['empty stores', [0, 0], 1],
    ['one store', [7], 1],
    ['a long store and short ones that fit beside it', [6, 1, 2, 3], 2],
    ['equal stores', [5, 5, 5, 5], 4],
    ['equal stores and empty ones', [5, 0, 5, 0], 2],
    ['more than the images would need at best', [3, 2, 2, 2], 4],
  ])('of %s: %j have use for %d slots', (_, image_counts, cap) => {
    expect(usefulCap(Uint32Array.from(image_counts))).toBe(cap);
  });

  it('is the first with which the longest store decides', () => {
    for (const image_counts of randomJobs(300, 4)) {
      expect(usefulCap(image_counts), `${image_counts}`).toBe(search(image_counts));
    }
  });
});

describe('a million stores', () => {
  const random = createRandom(5);
  const sizes = {
    equal: () => 1,
    uneven: () => random.below(100),
    'very uneven': () => Math.floor(1 / (random.next() + 1e-6)),
  };

  it.each(Object.entries(sizes))('of %s sizes are planned in no time', (_, size) => {
    const image_counts = Uint32Array.from({ length: 1_000_000 }, size);
    const plan = () => {
      for (const cap of [1, 50, 10_000, 1_000_000]) makespan(image_counts, cap);
      usefulCap(image_counts);
    };
    // It takes about 0.4 s.
    expect(processorTime(plan, 1)).toBeLessThan(4000);
  });
});

import { describe, expect, it } from 'vitest';
import type { Effects } from '../../src/job/effects.ts';
import { runJobTask } from '../../src/job/job.ts';
import { createSlots } from '../../src/job/slots.ts';
import { eventSchema } from '../../src/results/events.ts';
import {
  createJobTask,
  createManifest,
  createTestEffects,
  equalStores,
  OPTIONS,
} from '../support/effects.ts';

const GOOD = 'http://img.example/a.png';
const BAD = 'http://img.example/404.png';

function run(stores: string[][], effects: Effects, signal = new AbortController().signal) {
  return runJobTask(createJobTask(createManifest(stores), effects, { signal }));
}

describe('a job', () => {
  it('completes when all of its stores do', async () => {
    expect(await run(equalStores(10, 2), createTestEffects())).toBe('completed');
  });

  it('fails when one store failed, after all the others have ended', async () => {
    const effects = createTestEffects();
    expect(await run([[GOOD], [BAD, GOOD], [GOOD, GOOD]], effects)).toBe('failed');
    const ends = effects.events.filter(({ type }) => type === 'store_finished');
    expect(ends).toHaveLength(3);
    expect(effects.events.at(-1)).toMatchObject({ type: 'job_finished', status: 'failed' });
  });

  it('without stores completes at once', async () => {
    const effects = createTestEffects();
    expect(await run([], effects)).toBe('completed');
    expect(effects.events.map(({ type }) => type)).toEqual(['job_started', 'job_finished']);
  });

  it('runs its stores concurrently: as many as the cap at a time', async () => {
    const effects = createTestEffects();
    await run(equalStores(8, 1), effects);
    // Four at once: two waves of 410 ms.
    expect(effects.elapsed()).toBe(820);
  });

  it('starts its longest stores first, so that none is waited for alone', async () => {
    const effects = createTestEffects();
    const uneven = [1, 1, 1, 1, 2, 1, 1, 6].map((images) => Array(images).fill(GOOD));
    await run(uneven, effects);
    const started = effects.events.flatMap((event) =>
      event.type === 'store_started' ? [event.store] : [],
    );
    expect(started).toEqual([7, 4, 0, 1, 2, 3, 5, 6]);
    expect(effects.elapsed()).toBe(6 * 410);
  });

  it('emits events of the contract’s shape, keys in order', async () => {
    const effects = createTestEffects();
    await run([[GOOD], [BAD]], effects);
    for (const event of effects.events) {
      expect(JSON.parse(JSON.stringify(event))).toEqual(eventSchema.parse(event));
    }
    expect(JSON.stringify(effects.events[0])).toBe(
      `{"t":"2026-01-01T00:00:00.000Z","type":"job_started","job_id":"test-job","schema_version":1,"stores":2,"images":2,"options":${JSON.stringify(OPTIONS)}}`,
    );
    expect(Object.keys(effects.events[1] ?? {})).toEqual([
      't',
      'type',
      'job_id',
      'store',
      'store_id',
    ]);
  });

  it('that is told to stop is ongoing and says what stopped it', async () => {
    const stop = new AbortController();
    const effects = createTestEffects({
      work: async ({ store_id }) => {
        if (store_id === 'S6') stop.abort('SIGTERM');
        return null;
      },
    });
    expect(await run(equalStores(20, 3), effects, stop.signal)).toBe('ongoing');
    expect(effects.events.at(-1)).toMatchObject({ type: 'job_interrupted', signal: 'SIGTERM' });
    expect(effects.events.some(({ type }) => type === 'job_finished')).toBe(false);
  });

  it('comes to rest and rejects when its events can’t be kept', async () => {
    let running = 0;
    const effects = createTestEffects({
      async emit({ type }) {
        if (type === 'store_started') running += 1;
        if (type === 'image_finished') throw new Error('disk full');
      },
    });
    await expect(run(equalStores(50, 2), effects)).rejects.toThrow('disk full');
    const begun = running;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(running).toBe(begun);
    expect(begun).toBeLessThanOrEqual(OPTIONS.concurrency);
  });

  it('never queues more stores than the cap', async () => {
    const effects = createTestEffects();
    let waiting = 0;
    let most = 0;
    const slots = createSlots(OPTIONS.concurrency);
    const counting: typeof slots = {
      ...slots,
      async slot(job_id, run, signal) {
        waiting += 1;
        most = Math.max(most, waiting);
        try {
          return await slots.slot(job_id, run, signal);
        } finally {
          waiting -= 1;
        }
      },
    };
    const manifest = createManifest(equalStores(500, 1));
    await runJobTask(createJobTask(manifest, effects, { slots: counting }));
    expect(most).toBe(OPTIONS.concurrency);
  });
});

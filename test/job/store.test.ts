import { describe, expect, it } from 'vitest';
import type { Effects } from '../../src/job/effects.ts';
import { createStoreRunner } from '../../src/job/store.ts';
import type { StoreHooks, StoreTask } from '../../src/job/store-runner.ts';
import { createTestEffects, OPTIONS } from '../support/effects.ts';

const GOOD = 'http://img.example/a.png';
const BAD = 'http://img.example/404.png';

function run(
  images: string[],
  effects: Effects,
  { signal = new AbortController().signal, known = [] }: Partial<StoreTask & StoreHooks> = {},
) {
  const store = { store_id: 'S1', visit_time: null, images };
  const task = { job_id: 'test-job', position: 7, store, known, options: OPTIONS };
  const hooks = { signal, isOver: () => false, emit: effects.emit, show() {} };
  return createStoreRunner(effects, 1).run(task, hooks);
}

const typesOf = (events: { type: string }[]) => events.map(({ type }) => type);

describe('a store', () => {
  it('works through its images in order and completes', async () => {
    const effects = createTestEffects();
    await run([GOOD, GOOD], effects);
    expect(effects.events.at(-1)).toMatchObject({ status: 'completed', error: null });
    expect(typesOf(effects.events)).toEqual([
      'store_started',
      'image_started',
      'image_finished',
      'image_started',
      'image_finished',
      'store_finished',
    ]);
    expect(effects.events.every((event) => 'store' in event && event.store === 7)).toBe(true);
  });

  it('never works on two images at once', async () => {
    const log: string[] = [];
    const base = createTestEffects();
    const effects: Effects = {
      ...base,
      fetch: (url, hooks) => {
        log.push('download');
        return base.fetch(url, hooks);
      },
      work: async (image, options) => {
        await base.work(image, options);
        log.push('worked');
        return null;
      },
    };
    await run([GOOD, GOOD, GOOD], effects);
    expect(log).toEqual(['download', 'worked', 'download', 'worked', 'download', 'worked']);
  });

  it('stops at its first failed image and says which one it was', async () => {
    const effects = createTestEffects();
    await run([GOOD, BAD, GOOD], effects);
    expect(typesOf(effects.events).filter((type) => type === 'image_started')).toHaveLength(2);
    expect(effects.events.at(-1)).toMatchObject({
      type: 'store_finished',
      status: 'failed',
      error: { code: 'http-status', message: '404 Not Found', image: 1, url: BAD },
    });
  });

  it('without images completes at once', async () => {
    const effects = createTestEffects();
    await run([], effects);
    expect(effects.events.at(-1)).toMatchObject({ status: 'completed' });
    expect(typesOf(effects.events)).toEqual(['store_started', 'store_finished']);
  });

  it('starts no image before the one before it is kept', async () => {
    const log: string[] = [];
    const { signal } = new AbortController();
    const base = createTestEffects();
    const effects: Effects = {
      ...base,
      async emit(event) {
        if (event.type !== 'image_finished' && event.type !== 'image_started') return;
        if (event.type === 'image_finished') await base.sleep(1000, signal);
        log.push(event.type);
      },
    };
    await run([GOOD, GOOD], effects);
    expect(log).toEqual(['image_started', 'image_finished', 'image_started', 'image_finished']);
  });

  it('that is told to stop starts no further image and leaves the cut one without a trace', async () => {
    const stop = new AbortController();
    const effects = createTestEffects({
      work: async ({ index }) => {
        if (index === 1) stop.abort('SIGINT');
        return null;
      },
    });
    await run([GOOD, GOOD, GOOD], effects, { signal: stop.signal });
    expect(typesOf(effects.events)).toEqual([
      'store_started',
      'image_started',
      'image_finished',
      'image_started',
    ]);
  });

  it('that is told to stop before it began does nothing at all', async () => {
    const effects = createTestEffects();
    await run([GOOD], effects, { signal: AbortSignal.abort('SIGINT') });
    expect(effects.events).toEqual([]);
  });
});

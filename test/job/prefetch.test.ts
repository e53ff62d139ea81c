import { describe, expect, it } from 'vitest';
import { createFault, type Effects } from '../../src/job/effects.ts';
import type { SlotActivity } from '../../src/job/slots.ts';
import { createStoreRunner } from '../../src/job/store.ts';
import { createTestEffects, OPTIONS, type TestEffects } from '../support/effects.ts';

const GOOD = ['a', 'b', 'c', 'd'].map((name) => `http://img.example/${name}.png`);
const BAD = 'http://img.example/404.png';

/** Runs a store with prefetch; what happens and when it does, in virtual milliseconds. */
async function run(
  images: string[],
  overrides: (base: TestEffects) => Partial<Effects> = () => ({}),
) {
  const base = createTestEffects();
  const log: string[] = [];
  const stopped: string[] = [];
  const shown: SlotActivity[] = [];
  const begin = base.elapsed();
  const effects: TestEffects = {
    ...base,
    fetch(url, hooks) {
      log.push(`${base.elapsed() - begin} download ${url.slice(-5)}`);
      hooks.signal.addEventListener('abort', () => stopped.push(url));
      return base.fetch(url, hooks);
    },
    async work(image, options) {
      log.push(`${base.elapsed() - begin} work ${image.index}`);
      return base.work(image, options);
    },
  };
  Object.assign(effects, overrides({ ...effects }));
  const task = {
    ...{ job_id: 'test-job', position: 0, known: [] },
    store: { store_id: 'S1', visit_time: null, images },
    options: { ...OPTIONS, prefetch: true },
  };
  await createStoreRunner(effects, 1).run(task, {
    signal: new AbortController().signal,
    isOver: () => false,
    emit: effects.emit,
    show: (activity) => void shown.push(activity),
  });
  const { events } = base;
  return { log, events, stopped, shown, took: base.elapsed() - begin };
}

const results = (events: TestEffects['events']) =>
  events.flatMap((event) => (event.type === 'image_finished' ? [event.result] : []));

describe('a store with prefetch', () => {
  it('fetches the next image during the work on one, and only that one', async () => {
    const { log } = await run(GOOD.slice(0, 3));
    expect(log).toEqual([
      ...['0 download a.png', '10 download b.png', '10 work 0'],
      ...['410 download c.png', '410 work 1', '810 work 2'],
    ]);
  });

  it('takes half the time where a download takes as long as the work', async () => {
    const slow = (base: TestEffects): Partial<Effects> => ({
      async fetch(...all) {
        await base.sleep(390, new AbortController().signal);
        return createTestEffects().fetch(...all);
      },
    });
    const { took } = await run([...GOOD, ...GOOD], slow);
    // Eight images of 400 ms each, and the first download before them.
    expect(took).toBeLessThan(8 * 400 + 450);
  });

  it('tells of an image when its turn comes, and of all that it took', async () => {
    const { events } = await run(GOOD.slice(0, 2));
    expect(events.map(({ type }) => type)).toEqual([
      ...['store_started', 'image_started', 'image_finished'],
      ...['image_started', 'image_finished', 'store_finished'],
    ]);
    const [, second] = results(events);
    // From its download on: 10 ms of download, 390 of waiting for its turn, 400 of work.
    expect(second).toMatchObject({ duration_ms: 800, download_ms: 10, work_ms: 400 });
  });

  it('counts the failure of an image that was fetched ahead only after the one before it', async () => {
    const { events, log } = await run([GOOD[0] ?? '', BAD, GOOD[1] ?? '']);
    expect(results(events).map(({ status }) => status)).toEqual(['completed', 'failed']);
    expect(events.at(-1)).toMatchObject({ status: 'failed', error: { image: 1, url: BAD } });
    expect(log.filter((line) => line.includes('download'))).toHaveLength(2);
  });

  it('cuts off an image that is fetched ahead when the one before it fails: it leaves no trace', async () => {
    const { events, stopped } = await run(GOOD.slice(0, 2), () => ({
      work: async () => {
        throw new Error('no GPU');
      },
    }));
    expect(stopped).toEqual([GOOD[1]]);
    expect(results(events)).toMatchObject([{ status: 'failed', error: { code: 'work' } }]);
    expect(events.filter(({ type }) => type === 'image_started')).toHaveLength(1);
  });

  it('tells of retries that happened ahead after the start of their image', async () => {
    let asked = 0;
    const { events } = await run(GOOD.slice(0, 2), (base) => ({
      async fetch(url, hooks) {
        asked += 1;
        const busy = { ...createFault('connect', 'refused'), retry_after_ms: null };
        return asked === 2 ? { fault: busy, bytes: null } : base.fetch(url, hooks);
      },
    }));
    expect(events.map(({ type }) => type)).toEqual([
      ...['store_started', 'image_started', 'image_finished'],
      ...['image_started', 'image_retrying', 'image_finished', 'store_finished'],
    ]);
  });

  it('leaves alone what its slot shows while the next image comes', async () => {
    let shown: SlotActivity | null = null;
    const during: unknown[] = [];
    const base = createTestEffects();
    const work: Effects['work'] = async (image, hooks) => {
      const output = await base.work(image, hooks);
      during.push({ ...shown });
      return output;
    };
    const task = {
      ...{ job_id: 'test-job', position: 0, known: [] },
      store: { store_id: 'S1', visit_time: null, images: GOOD.slice(0, 2) },
      options: { ...OPTIONS, prefetch: true },
    };
    await createStoreRunner({ ...base, work }, 1).run(task, {
      signal: new AbortController().signal,
      isOver: () => false,
      emit: base.emit,
      show: (activity) => {
        shown = activity;
      },
    });
    expect(during).toMatchObject([
      { image: 0, phase: 'work' },
      { image: 1, phase: 'work' },
    ]);
  });

  it('shows in its slot the image whose turn it is, not the one that is fetched', async () => {
    const { shown } = await run(GOOD.slice(0, 3));
    const indexes = shown.map(({ image }) => image);
    expect([...indexes].sort()).toEqual(indexes);
    expect(indexes.at(-1)).toBe(2);
  });
});

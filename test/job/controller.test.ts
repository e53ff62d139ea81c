import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { createController } from '../../src/job/controller.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createManifest, createTestEffects, equalStores, OPTIONS } from '../support/effects.ts';

const signal = new AbortController().signal;

describe('the controller', () => {
  it('knows all jobs by id and how they stand', async () => {
    const controller = createController(OPTIONS, createTestEffects());
    const good = createManifest([['http://img.example/a.png']], 'good');
    const bad = createManifest([['http://img.example/404.png']], 'bad');
    const jobs = [good, bad].map((manifest) =>
      controller.start({ manifest, results: createMemoryResults() }, signal),
    );
    expect([...controller.jobs.keys()]).toEqual(['good', 'bad']);
    expect(controller.jobs.get('good')?.reducer.status()).toBe('ongoing');
    await Promise.all(jobs.map(({ done }) => done));
    expect(controller.ended.get('good')?.status).toBe('completed');
    expect(controller.ended.get('bad')?.status).toBe('failed');
    expect(controller.jobs.size).toBe(0);
  });

  it('refuses a second job of the same id, in any case', () => {
    const controller = createController(OPTIONS, createTestEffects());
    controller.start(
      { manifest: createManifest([], 'spring'), results: createMemoryResults() },
      signal,
    );
    const again = () =>
      controller.start(
        { manifest: createManifest([], 'Spring'), results: createMemoryResults() },
        signal,
      );
    expect(again).toThrow('already started');
  });

  it('runs several jobs under one shared cap', async () => {
    let running = 0;
    let most = 0;
    const base = createTestEffects();
    const controller = createController(OPTIONS, {
      ...base,
      async work(image, options) {
        running += 1;
        most = Math.max(most, running);
        await base.work(image, options);
        running -= 1;
        return null;
      },
    });
    const jobs = ['a', 'b', 'c'].map((id) =>
      controller.start(
        { manifest: createManifest(equalStores(10, 2), id), results: createMemoryResults() },
        signal,
      ),
    );
    await Promise.all(jobs.map(({ done }) => done));
    expect(most).toBe(OPTIONS.concurrency);
  });

  it('lets go of a job that has ended', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const controller = createController(OPTIONS, createTestEffects());
    const held = await (async () => {
      const manifest = createManifest(equalStores(3, 2), 'a');
      const results = createMemoryResults();
      const job = controller.start({ manifest, results }, signal);
      await job.done;
      return [manifest, results, job.reducer].map((object) => new WeakRef(object));
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(held.filter((reference) => reference.deref() !== undefined).length).toBe(0);
    });
    expect(controller.ended.get('a')?.summary.images.completed).toBe(6);
  });

  it('is fair: 10 stores beside 10,000 take at most 2.5 times as long as alone', async () => {
    const alone = await timeOfSmallJob(0);
    const beside = await timeOfSmallJob(10_000);
    expect(beside / alone).toBeLessThanOrEqual(2.5);
  });

  it('emits no event before its job can be found', async () => {
    const found: boolean[] = [];
    const controller = createController(OPTIONS, {
      ...createTestEffects(),
      emit: ({ job_id }) => void found.push(controller.jobs.has(job_id)),
    });
    await controller.start(
      { manifest: createManifest([], 'a'), results: createMemoryResults() },
      signal,
    ).done;
    expect(found).toEqual([true, true]);
  });

  it('counts events in the order they happened, however long a reader takes over each', async () => {
    const base = createTestEffects();
    let slow = 0;
    const controller = createController(OPTIONS, {
      ...base,
      emit: ({ type }) => {
        slow += 1;
        return type === 'store_started' ? base.sleep(slow * 1000, signal) : undefined;
      },
    });
    const manifest = createManifest(equalStores(20, 2), 'a');
    const { reducer, done } = controller.start(
      { manifest, results: createMemoryResults() },
      signal,
    );
    await done;
    expect(reducer.summary().stores).toMatchObject({ completed: 20, ongoing: 0, pending: 0 });
    expect(reducer.summary().images).toMatchObject({ completed: 40, skipped: 0, pending: 0 });
  });

  it('hands each event on before it counts it', async () => {
    const seen: number[] = [];
    const base = createTestEffects();
    const controller = createController(OPTIONS, {
      ...base,
      emit(event) {
        if (event.type !== 'image_finished') return;
        seen.push(controller.jobs.get('a')?.reducer.summary().images.completed ?? -1);
      },
    });
    const manifest = createManifest(equalStores(1, 3), 'a');
    await controller.start({ manifest, results: createMemoryResults() }, signal).done;
    expect(seen).toEqual([0, 1, 2]);
  });
});

async function timeOfSmallJob(otherStores: number): Promise<number> {
  const effects = createTestEffects();
  const controller = createController(OPTIONS, effects);
  const large = createManifest(equalStores(otherStores, 1), 'large');
  const small = createManifest(equalStores(10, 1), 'small');
  const other = controller.start({ manifest: large, results: createMemoryResults() }, signal);
  await controller.start({ manifest: small, results: createMemoryResults() }, signal).done;
  const time = effects.elapsed();
  await other.done;
  return time;
}

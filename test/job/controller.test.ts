import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { createController, type JobStart } from '../../src/job/controller.ts';
import type { Effects } from '../../src/job/effects.ts';
import { createManifest, createTestEffects, equalStores, OPTIONS } from '../support/effects.ts';
import { startOf } from '../support/job-start.ts';
import { SOON_MS } from '../support/times.ts';

const { signal } = new AbortController();

describe('the controller', () => {
  it('knows all running jobs by id and how they stand', async () => {
    const controller = createController(4);
    const jobs = ['good', 'bad'].map((id) => {
      const name = id === 'good' ? 'a' : '404';
      const manifest = createManifest([[`http://img.example/${name}.png`]], id);
      return controller.start(startOf(manifest, createTestEffects()), signal);
    });
    expect([...controller.jobs.keys()]).toEqual(['good', 'bad']);
    expect(controller.jobs.get('good')?.reducer.status()).toBe('ongoing');
    expect(await Promise.all(jobs.map(({ done }) => done))).toEqual(['completed', 'failed']);
    expect(controller.jobs.size).toBe(0);
  });

  it('refuses a second job of the same id, in any case, while the first runs', async () => {
    const controller = createController(4);
    const start = (id: string) =>
      controller.start(startOf(createManifest([], id), createTestEffects()), signal);
    const first = start('spring');
    expect(() => start('Spring')).toThrow('a job with the id Spring is running');
    await first.done;
    await expect(start('Spring').done).resolves.toBe('completed');
  });

  it('forgets jobs that have ended, ids and all', async () => {
    const controller = createController(4);
    for (let job = 0; job < 501; job += 1) {
      await controller.start(startOf(createManifest([], 'a'), createTestEffects()), signal).done;
    }
    expect(controller.jobs.size).toBe(0);
  });

  it('runs several jobs under one shared cap', async () => {
    const { effects, most } = countedEffects();
    const controller = createController(4);
    const jobs = ['a', 'b', 'c'].map((id) =>
      controller.start(startOf(createManifest(equalStores(10, 2), id), effects), signal),
    );
    await Promise.all(jobs.map(({ done }) => done));
    expect(most()).toBe(4);
  });

  it('without a cap of its own has the largest that a running job has, and each job its own', async () => {
    const { effects, most, mostOf } = countedEffects();
    const controller = createController(null);
    const jobs = [2, 6, 3].map((concurrency) => {
      const manifest = createManifest(equalStores(12, 2), `of-${concurrency}`);
      return controller.start(startOf(manifest, effects, { concurrency }), signal);
    });
    await Promise.all(jobs.map(({ done }) => done));
    expect(most()).toBe(6);
    expect(mostOf('of-2')).toBe(2);
    expect(mostOf('of-3')).toBeLessThanOrEqual(3);
  });

  it('ends a job at once that is stopped while it waits for a slot', async () => {
    const effects = createTestEffects();
    const controller = createController(1);
    const long = controller.start(
      startOf(createManifest(equalStores(1, 50), 'a'), effects),
      signal,
    );
    const stop = new AbortController();
    const other = startOf(createManifest(equalStores(3, 1), 'b'), effects);
    const waiting = controller.start(other, stop.signal);
    await effects.sleep(1000, signal);
    stop.abort('SIGINT');
    expect(await waiting.done).toBe('ongoing');
    expect(long.reducer.status()).toBe('ongoing');
    expect(await long.done).toBe('completed');
  });

  it('lets go of a job that has ended', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const controller = createController(4);
    const held = await (async () => {
      const start = startOf(createManifest(equalStores(3, 2), 'a'), createTestEffects());
      await controller.start(start, signal).done;
      return [start.manifest, start.results, start.reducer].map((object) => new WeakRef(object));
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(held.filter((reference) => reference.deref() !== undefined).length).toBe(0);
    }, SOON_MS);
  });

  it('is fair: 10 stores beside 10,000 take at most 2.5 times as long as alone', async () => {
    const alone = await timeOfSmallJob(0);
    const beside = await timeOfSmallJob(10_000);
    expect(beside / alone).toBeLessThanOrEqual(2.5);
  });

  it('emits no event before its job can be found', async () => {
    const found: boolean[] = [];
    const controller = createController(4);
    const start = startOf(createManifest([], 'a'), createTestEffects());
    const emit: Effects['emit'] = (event) => {
      found.push(controller.jobs.has(event.job_id));
      return start.effects.emit(event);
    };
    await controller.start({ ...start, effects: { ...start.effects, emit } }, signal).done;
    expect(found).toEqual([true, true]);
  });
});

/** Effects that count the stores at work: of all jobs, and of each by its id. */
function countedEffects() {
  const base = createTestEffects();
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const add = (key: string, count: number) => {
    running.set(key, (running.get(key) ?? 0) + count);
    most.set(key, Math.max(most.get(key) ?? 0, running.get(key) ?? 0));
  };
  const emit: JobStart['effects']['emit'] = ({ type, job_id }) => {
    const count = { store_started: 1, store_finished: -1 }[String(type)] ?? 0;
    for (const key of ['all', job_id]) add(key, count);
  };
  const mostOf = (key: string) => most.get(key);
  return { effects: { ...base, emit }, most: () => mostOf('all'), mostOf };
}

async function timeOfSmallJob(otherStores: number): Promise<number> {
  const effects = createTestEffects();
  const controller = createController(OPTIONS.concurrency);
  const start = (stores: number, id: string) =>
    controller.start(startOf(createManifest(equalStores(stores, 1), id), effects), signal);
  const other = start(otherStores, 'large');
  await start(10, 'small').done;
  const time = effects.elapsed();
  await other.done;
  return time;
}

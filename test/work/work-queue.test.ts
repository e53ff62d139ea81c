import { describe, expect, it } from 'vitest';
import type { WorkHooks, WorkImage } from '../../src/job/effects.ts';
import {
  createWorkQueue,
  type Workers,
  type WorkLimits,
  type WorkOutcome,
} from '../../src/work/work.ts';

/** Long enough that no test sees its end. */
const NEVER_MS = 600_000;

type Call = { urls: string[]; signal: AbortSignal; end(outcomes?: WorkOutcome[]): void };

/** A queue whose calls are ended by the test. */
function setUp(limits: Partial<WorkLimits> = {}, room = { free: true }) {
  const calls: Call[] = [];
  const workers: Workers = {
    hasRoom: () => room.free,
    settlesSoon: true,
    run: (images, { signal }) =>
      new Promise((resolve) => {
        const urls = images.map(({ url }) => url);
        const all = urls.map((output): WorkOutcome => ({ output }));
        calls.push({ urls, signal, end: (outcomes = all) => resolve(outcomes) });
      }),
  };
  const whole = { concurrency: 1, timeout_ms: NEVER_MS, batch: null, ...limits };
  const queue = createWorkQueue(workers, whole);
  return {
    queue,
    calls,
    room,
    /** Images that are worked on: what becomes of each, and what it waited. */
    add(urls: string[], signal = new AbortController().signal) {
      return urls.map((url) => {
        const waited: number[] = [];
        const hooks: WorkHooks = {
          signal,
          onQueue() {},
          onBegin: (ms) => void waited.push(ms),
          onLog() {},
        };
        return { waited, done: queue.work({ ...IMAGE, url }, hooks) };
      });
    },
    urls: () => calls.map((call) => call.urls),
  };
}

const IMAGE: Omit<WorkImage, 'url'> = {
  ...{ width: 1, height: 1, format: 'png', store_id: 'S1', index: 0, chunks: null },
};

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('images without batches', () => {
  it('are worked on one by one, as many at once as may be', async () => {
    const { calls, add, urls } = setUp({ concurrency: 2 });
    const images = add(['a', 'b', 'c']);
    expect(urls()).toEqual([['a'], ['b']]);
    calls[0]?.end();
    expect(await images[0]?.done).toBe('a');
    await settled();
    expect(urls()).toEqual([['a'], ['b'], ['c']]);
  });
});

describe('a batch', () => {
  const batch = { size: 3, wait_ms: NEVER_MS };

  it('leaves when it is full', () => {
    const { add, urls } = setUp({ batch });
    add(['a', 'b']);
    expect(urls()).toEqual([]);
    add(['c', 'd']);
    expect(urls()).toEqual([['a', 'b', 'c']]);
  });

  it('leaves when no further image can come', () => {
    const { queue, add, urls } = setUp({ batch });
    let ofJob = 3;
    queue.expect(() => ({ ofJob, ofAll: 50 }));
    add(['a', 'b']);
    expect(urls()).toEqual([]);
    ofJob = 2;
    queue.dispatch();
    expect(urls()).toEqual([['a', 'b']]);
  });

  it('waits for the stores of all jobs, but for no more than can run at once', () => {
    const { queue, add, urls } = setUp({ batch: { ...batch, size: 9 } });
    const leave = queue.expect(() => ({ ofJob: 2, ofAll: 3 }));
    queue.expect(() => ({ ofJob: 2, ofAll: 3 }));
    add(['a', 'b']);
    expect(urls()).toEqual([]);
    add(['c']);
    expect(urls()).toEqual([['a', 'b', 'c']]);
    // A job that has ended brings no more.
    leave();
    expect(queue.counts).toMatchObject({ batches: 1, images: 3 });
  });

  it('leaves when it has waited so long', async () => {
    const { add, urls, calls } = setUp({ batch: { size: 3, wait_ms: 20 } });
    const [first] = add(['a']);
    await expect.poll(urls).toEqual([['a']]);
    expect(first?.waited[0]).toBeGreaterThanOrEqual(19);
    calls[0]?.end();
    expect(await first?.done).toBe('a');
  });

  it('goes on filling while there is no room, and then for so long as it may', async () => {
    const { add, urls, calls, queue } = setUp({ batch: { size: 3, wait_ms: 300 } });
    queue.expect(() => ({ ofJob: 3, ofAll: 50 }));
    add(['a']);
    await expect.poll(urls).toEqual([['a']]);
    add(['b', 'c']);
    // What has waited in vain for a place still lets those in that the place comes with.
    await new Promise((resolve) => setTimeout(resolve, 350));
    calls[0]?.end();
    await settled();
    add(['d']);
    expect(urls()).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('is worked on when a thread has room', () => {
    const { queue, add, urls, room } = setUp({ batch }, { free: false });
    add(['a', 'b', 'c']);
    expect(urls()).toEqual([]);
    room.free = true;
    queue.dispatch();
    expect(urls()).toEqual([['a', 'b', 'c']]);
  });

  it('fails those of its images whose outcome says so, and no other', async () => {
    const { add, calls } = setUp({ batch });
    const [a, b, c] = add(['a', 'b', 'c']);
    const outcomes = [{ output: 1 }, { error: new Error('blurred') }, { output: 3 }];
    calls[0]?.end(outcomes);
    expect(await a?.done).toBe(1);
    await expect(b?.done).rejects.toThrow('blurred');
    expect(await c?.done).toBe(3);
  });

  it('is without the images of a job that was stopped, whose end others do not wait for', async () => {
    const { queue, add, urls, calls } = setUp({ batch });
    queue.expect(() => ({ ofJob: 2, ofAll: 50 }));
    const stop = new AbortController();
    const [gone] = add(['a'], stop.signal);
    stop.abort('SIGINT');
    expect(await gone?.done).toBeNull();
    add(['b', 'c']);
    expect(urls()).toEqual([['b', 'c']]);
    expect(calls[0]?.signal.aborted).toBe(false);
  });

  it('is given up when the jobs of all its images were stopped', async () => {
    const { add, calls } = setUp({ batch: { ...batch, size: 2 } });
    const [one, other] = [new AbortController(), new AbortController()];
    const [a] = add(['a'], one.signal);
    const [b] = add(['b'], other.signal);
    one.abort('SIGINT');
    expect(await a?.done).toBeNull();
    expect(calls[0]?.signal.aborted).toBe(false);
    other.abort('SIGINT');
    expect(await b?.done).toBeNull();
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  it('fails all its images when its time is over', async () => {
    const { add, calls } = setUp({ batch: { ...batch, size: 2 }, timeout_ms: 20 });
    const images = add(['a', 'b']);
    for (const { done } of images) await expect(done).rejects.toThrow('not done within 0.02 s');
    expect(calls[0]?.signal.aborted).toBe(true);
  });
});

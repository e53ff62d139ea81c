import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHostLimiter, type HostEntrance } from '../../src/download/host-limiter.ts';
import { createDownloader, downloadWith, OPTIONS, setUpServer } from './downloads.ts';

const { server, at } = setUpServer();
const { signal } = new AbortController();

/** Runs tasks as soon as each may, in the time of the test, and answers when that was, in milliseconds from now. */
async function entries(limiter: HostEntrance, count: number, stay_ms: number) {
  const begun = performance.now();
  let inside = 0;
  let most = 0;
  const running = Promise.all(
    Array.from({ length: count }, async () => {
      const leave = await limiter.enter('a.example', signal);
      const time = performance.now() - begun;
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, stay_ms));
      inside -= 1;
      leave();
      return time;
    }),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return { times: await running, most };
}

describe('several who ask one host under limits of their own', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('share what equal limits allow', async () => {
    const limiter = createHostLimiter();
    const entrances = [1, 2, 3].map(() => limiter.under({ max_per_host: 1, rate: null }));
    const leave = await entrances[0]?.enter('a.example', signal);
    let entered = 0;
    for (const entrance of entrances) {
      void Promise.resolve(entrance.enter('a.example', signal)).then(() => (entered += 1));
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(entered).toBe(0);
    leave?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toBe(1);
  });

  it('do not wait for the time of one who is slower', async () => {
    const limiter = createHostLimiter();
    const slow = limiter.under({ max_per_host: null, rate: 0.001 });
    await slow.enter('a.example', signal);
    void slow.enter('a.example', signal);
    await vi.advanceTimersByTimeAsync(1000);
    const quick = await entries(limiter.under({ max_per_host: null, rate: 2 }), 3, 0);
    expect(quick.times.at(-1)).toBeLessThan(1100);
  });

  it('are not held up for ever by one who asks without a pause', async () => {
    const limiter = createHostLimiter();
    const busy = limiter.under({ max_per_host: null, rate: null });
    let isOver = false;
    const ask = async () => {
      while (!isOver) {
        const leave = await busy.enter('a.example', signal);
        await new Promise((resolve) => setTimeout(resolve, 10));
        leave();
      }
    };
    void ask();
    void ask();
    const strict = await entries(limiter.under({ max_per_host: 1, rate: 5 }), 3, 0);
    isOver = true;
    expect(strict.times.at(-1)).toBeLessThan(500);
  });
});

describe('the limiter of a host', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets all in that come, where nothing is said', async () => {
    const limiter = createHostLimiter().under({ max_per_host: null, rate: null });
    expect((await entries(limiter, 100, 20)).most).toBe(100);
  });

  it('lets in so many at a time', async () => {
    const limiter = createHostLimiter().under({ max_per_host: 3, rate: null });
    expect((await entries(limiter, 10, 10)).most).toBe(3);
  });

  it('lets in so many a second, evenly', async () => {
    const limiter = createHostLimiter().under({ max_per_host: null, rate: 50 });
    const { times } = await entries(limiter, 11, 0);
    // Ten spaces of 20 ms.
    expect(Math.max(...times)).toBeGreaterThanOrEqual(195);
    expect(times[0]).toBeLessThan(20);
  });

  it('knows each host for itself', async () => {
    const limiter = createHostLimiter().under({ max_per_host: 1, rate: null });
    await limiter.enter('a.example', signal);
    const entered = limiter.enter('b.example', signal);
    expect(entered).not.toBeInstanceOf(Promise);
  });

  it('stays shut for a while when the host has had enough', async () => {
    const limiter = createHostLimiter().under({ max_per_host: null, rate: null });
    limiter.slowDown('a.example', 80);
    const { times } = await entries(limiter, 5, 0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(75);
  });

  it('opens little by little then, and soon as wide as before', async () => {
    const limiter = createHostLimiter().under({ max_per_host: null, rate: null });
    limiter.slowDown('a.example', 1);
    const { times } = await entries(limiter, 400, 0);
    expect(times[10]).toBeGreaterThan(150);
    expect(times[399]).toBeLessThan(1500);
  });

  it('is left at once by who is told to stop', async () => {
    const limiter = createHostLimiter().under({ max_per_host: null, rate: null });
    limiter.slowDown('a.example', 60_000);
    const stop = new AbortController();
    const entering = limiter.enter('a.example', stop.signal);
    stop.abort();
    (await entering)();
  });
});

describe('a download', () => {
  it('waits before a busy host without using up its time', async () => {
    const options = { ...OPTIONS, max_per_host: 1, timeout_ms: 1500 };
    const { download, close } = createDownloader(options);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => downloadWith(download, at('/png/4x3?ms=300'))),
    );
    await close();
    for (const { outcome } of outcomes) expect(outcome).toMatchObject({ http_status: 200 });
    expect(Math.max(...outcomes.map(({ waited_ms }) => waited_ms))).toBeGreaterThan(1200);
  });

  it('that is stopped while it waits opens no connection', async () => {
    const { download, close } = createDownloader({ ...OPTIONS, max_per_host: 1 });
    const stop = new AbortController();
    const before = server().connections();
    const running = Array.from({ length: 20 }, () =>
      downloadWith(download, at('/stall'), stop.signal),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.abort();
    for (const { outcome } of await Promise.all(running)) {
      expect(outcome).toMatchObject({ message: 'stopped' });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    // undici itself opens the one anew that was cut off.
    expect(server().connections() - before).toBeLessThanOrEqual(2);
    await close();
  });

  it('of what is no HTTP asks once more, to read it leniently', async () => {
    const { download, close } = createDownloader(OPTIONS);
    const before = server().requests.length;
    await downloadWith(download, at('/not-http'));
    expect(server().requests.length - before).toBe(2);
    await close();
  });

  it('that is told 429 holds back all others from that host', async () => {
    const { download, close } = createDownloader({ ...OPTIONS, retry_max_delay_ms: 1500 });
    const { outcome } = await downloadWith(download, at('/flaky/1?status=429&of=gate'));
    expect(outcome).toMatchObject({ http_status: 429, retry_after_ms: null });
    const next = await downloadWith(download, at('/png/4x3'));
    expect(next.waited_ms).toBeGreaterThan(500);
    const elsewhere = server().address.replace('127.0.0.1', 'localhost');
    expect((await downloadWith(download, `${elsewhere}/png/4x3`)).waited_ms).toBe(0);
    await close();
  });
});

import { describe, expect, it } from 'vitest';
import { createKeys } from '../../src/fleet/keys.ts';
import { createFleetLimiter } from '../../src/worker/fleet-limiter.ts';
import { clockAhead, setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

describe.skipIf(!HAS_REDIS)('a limit on requests to a host', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();

  const manifestOf = (job_id: string, stores: number, query: string) =>
    runs.workspace.write(`${job_id}.json`, {
      job_id,
      stores: Array.from({ length: stores }, (_, at) => ({
        store_id: `S${at}`,
        images: [runs.at(`/png/${at + 1}x1?${query}`)],
      })),
    });

  /** Whose clocks are an hour wrong, each its own way: limits go by the one of Redis. */
  const twoWorkers = () =>
    Promise.all([-3_600_000, 3_600_000].map((ms) => fleet.worker([], clockAhead(ms))));

  it('holds for all workers together: requests at a time', async () => {
    await twoWorkers();
    const manifest = manifestOf('at-a-time', 30, 'ms=40');
    const { code } = await runs.run([...fleet.at, '--max-per-host', '3', manifest]);
    expect(code).toBe(0);
    expect(runs.server.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(runs.server.mostAtOnce()).toBeGreaterThan(1);
  });

  it('holds for all workers together: requests in a time', async () => {
    await twoWorkers();
    const manifest = manifestOf('in-a-time', 31, 'of=rate');
    const { code } = await runs.run([...fleet.at, '--rate', '20/s', manifest]);
    expect(code).toBe(0);
    const times = runs.server.requests.flatMap(({ url, at }) =>
      url.endsWith('of=rate') ? [at] : [],
    );
    // 30 intervals of 50 ms, and a little for what a busy machine does to the first.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1400);
  });

  it('is not held up by a clock of Redis that was set back', async () => {
    const { client } = fleet.redis;
    const keys = createKeys('{imgjob}');
    const limiter = createFleetLimiter({ client, keys, log() {} });
    const hour = Date.now() + 3_600_000;
    await client.set(keys.host('0-20', 'img.example').opens, hour);
    const entrance = limiter.under({ max_per_host: null, rate: 20 });
    const since = performance.now();
    for (let count = 0; count < 3; count += 1) {
      (await entrance.enter('img.example', AbortSignal.timeout(10_000)))();
    }
    const took = performance.now() - since;
    expect(took).toBeGreaterThanOrEqual(95);
    expect(took).toBeLessThan(9000);
  });
});

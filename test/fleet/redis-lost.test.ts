import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { finishedImages } from '../support/finished.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS, type TestRedis } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** What happens to Redis in the middle of a job. */
const LOSSES: [what: string, options: string[], happens: (redis: TestRedis) => Promise<void>][] = [
  [
    'is killed and starts again with its append-only file',
    AOF,
    async (redis) => {
      await redis.kill();
      await delay(300);
      await redis.start();
    },
  ],
  [
    'is killed and starts again empty',
    [],
    async (redis) => {
      await redis.kill();
      await redis.start();
    },
  ],
  [
    'is emptied, and takes nothing for a while',
    [],
    async ({ client }) => {
      await client.flushall();
      await client.config('SET', 'min-replicas-to-write', 1);
      await delay(1500);
      await client.config('SET', 'min-replicas-to-write', 0);
    },
  ],
  [
    'is restored from an older snapshot',
    [],
    async (redis) => {
      await redis.client.call('SAVE');
      const dump = join(redis.folder, 'dump.rdb');
      copyFileSync(dump, `${dump}.old`);
      await delay(1000);
      await redis.kill();
      copyFileSync(`${dump}.old`, dump);
      await redis.start();
      expect(existsSync(dump)).toBe(true);
    },
  ],
];

describe.skipIf(!HAS_REDIS).each(LOSSES)('where Redis %s', (what, options, happens) => {
  const runs = setUpRuns();
  const fleet = setUpFleet({ redis: options });

  it('the job ends as if nothing had happened, and no journaled image is fetched again', async () => {
    await Promise.all([fleet.worker(['-c', '8']), fleet.worker(['-c', '8'])]);
    const job_id = what.replaceAll(/\W+/g, '-');
    const stores = Array.from({ length: 40 }, (_, store) => ({
      store_id: `S${store}`,
      images: Array.from({ length: 1 + (store % 12) }, (__, image) =>
        runs.at(`/png/${store + 1}x${image + 1}?of=${job_id}`),
      ),
    }));
    const manifest = runs.workspace.write('m.json', { job_id, stores });
    const running = runs.run([...fleet.at, '--sleep', '50ms', manifest]);
    const asked = () => runs.server.requests.filter(({ url }) => url.endsWith(`of=${job_id}`));
    await expect.poll(() => asked().length).toBeGreaterThan(60);
    await happens(fleet.redis);
    const journaled = finishedImages(runs.workspace.state, job_id);
    const before = asked().length;
    const { code, stdout } = await running;
    expect(code).toBe(0);
    const { summary } = JSON.parse(stdout);
    expect(summary.stores.completed).toBe(40);
    expect(summary.images.completed).toBe(stores.flatMap(({ images }) => images).length);
    const after = asked()
      .slice(before)
      .map(({ url }) => runs.server.address + url);
    expect(after.filter((url) => journaled.has(url))).toEqual([]);
    expect(journaled.size).toBeGreaterThan(0);
  });
});

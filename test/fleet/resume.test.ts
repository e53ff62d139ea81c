import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { finishedImages } from '../support/finished.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

describe.skipIf(!HAS_REDIS)('a job whose runner was killed', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const STORES = 12;
  const IMAGES = 5;
  /** The run and its results; the list of its open stores is empty by then. */
  const KEYS_LEFT = ['{imgjob}:', '{imgjob}::results'];
  const asked = (job_id: string) =>
    runs.server.requests.filter(({ url }) => url.endsWith(`of=${job_id}`)).length;

  /** Runs a job of 60 images on a worker of four slots, and kills its runner in the middle. */
  async function killed(job_id: string): Promise<void> {
    const stores = Array.from({ length: STORES }, (_, store) => ({
      store_id: `S${store}`,
      images: Array.from({ length: IMAGES }, (__, image) =>
        runs.at(`/png/${store + 1}x${image + 1}?of=${job_id}`),
      ),
    }));
    const manifest = runs.workspace.write(`${job_id}.json`, { job_id, stores });
    const { code } = await runs.run([...fleet.at, '--sleep', '100ms', manifest], {
      onStart(child) {
        const look = setInterval(() => {
          if (asked(job_id) < 12) return;
          clearInterval(look);
          child.kill('SIGKILL');
        }, 10);
      },
    });
    expect(code).toBeNull();
  }

  const resume = (job_id: string, args: string[] = []) =>
    runCli(['resume', job_id, ...args], { cwd: runs.workspace.folder });
  const isLeft = (job_id: string) =>
    existsSync(join(runs.workspace.state, 'jobs', job_id, 'fleet.json'));

  it.each([
    ['on', 'in its middle'],
    ['fenced', 'as it stopped, when it had taken its run away but not read the rest'],
  ])(
    '%s: goes on with the fleet when it was killed %s: what workers have done meanwhile is taken, nothing is done twice',
    async (job_id) => {
      const { client } = fleet.redis;
      await fleet.worker(['-c', '4']);
      await killed(job_id);
      // The window holds all stores: workers finish it without a runner.
      await expect.poll(() => asked(job_id)).toBe(STORES * IMAGES);
      await expect.poll(() => client.keys('*:stores:[0-9a-f]*-*')).toEqual([]);
      const left = await client.keys('*:run:*');
      expect(left.map((key) => key.replace(/run:\w+/, '')).sort()).toEqual(KEYS_LEFT);
      for (const key of left) expect([key, await client.pttl(key)]).not.toEqual([key, -1]);
      if (job_id === 'fenced') await client.del(left.filter((key) => !key.endsWith('results')));
      const { code, stdout } = await resume(job_id, fleet.at);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).summary.images.completed).toBe(STORES * IMAGES);
      expect(asked(job_id)).toBe(STORES * IMAGES);
      expect(isLeft(job_id)).toBe(false);
      expect(await client.keys('*:run:*')).toEqual([]);
    },
  );

  it('goes on with the fleet at once: stores that are under way go on as they are', async () => {
    await fleet.worker(['-c', '4']);
    await killed('soon');
    const { code, stdout, stderr } = await resume('soon', fleet.at);
    expect(stderr).not.toMatch(/has lost|warning/);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary.images.completed).toBe(STORES * IMAGES);
    expect(asked('soon')).toBe(STORES * IMAGES);
  });

  it('goes on alone: no worker can write any more, and what was committed is taken', async () => {
    await fleet.worker(['-c', '4']);
    await killed('alone');
    const before = finishedImages(runs.workspace.state, 'alone').size;
    await delay(500);
    const { code, stdout, stderr } = await resume('alone', ['-c', '4']);
    expect(code).toBe(0);
    expect(stderr).not.toContain('warning');
    expect(JSON.parse(stdout).summary.images.completed).toBe(STORES * IMAGES);
    expect(before).toBeGreaterThan(0);
    // An image for each slot was at hand when the stores were taken away.
    expect(asked('alone')).toBeLessThanOrEqual(STORES * IMAGES + 4);
    expect(isLeft('alone')).toBe(false);
    // The worker has found out.
    const list = async () => JSON.parse((await runCli(['workers', '--json', ...fleet.at])).stdout);
    await expect.poll(async () => (await list())[0].busy).toBe(0);
  });

  it('starts over: what the old run has under way counts for nothing', async () => {
    await fleet.worker(['-c', '4']);
    await killed('over');
    const manifest = runs.workspace.path('over.json');
    const { code, stdout } = await runs.run([...fleet.at, '--force', manifest]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary.images.completed).toBe(STORES * IMAGES);
    expect(await fleet.redis.client.keys('*:run:*')).toEqual([]);
  });

  it('goes on alone where Redis is gone, and says what that may mean', async () => {
    await fleet.worker(['-c', '4']);
    await killed('gone');
    await fleet.redis.kill();
    const { code, stdout, stderr } = await resume('gone', ['-c', '4']);
    await fleet.redis.start();
    expect(code).toBe(0);
    expect(stderr).toContain("warning: can't reach unix:");
    expect(JSON.parse(stdout).summary.images.completed).toBe(STORES * IMAGES);
  });
});

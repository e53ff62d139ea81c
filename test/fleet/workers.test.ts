import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

describe.skipIf(!HAS_REDIS)('a worker', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();

  /** Ten images of 400 ms, one after another, each with a URL of its own. */
  const longManifest = (job_id: string, images = 10) =>
    runs.workspace.write(`${job_id}.json`, {
      job_id,
      stores: [
        {
          store_id: 'S1',
          images: Array.from({ length: images }, (_, at) =>
            runs.at(`/png/${at + 1}x1?of=${job_id}`),
          ),
        },
      ],
    });
  const askedFor = (job_id: string) =>
    runs.server.requests.filter(({ url }) => url.endsWith(`of=${job_id}`)).length;
  const untilAsked = (job_id: string, count: number) =>
    expect.poll(() => askedFor(job_id)).toBeGreaterThanOrEqual(count);

  /** Runs a job in which something happens; answers how it went. */
  async function during(job_id: string, happens: () => Promise<void>, args: string[] = []) {
    const manifest = longManifest(job_id);
    const running = runs.run([...fleet.at, '--sleep', '400ms', ...args, manifest]);
    await happens();
    const { code, stdout, stderr } = await running;
    return { code, results: JSON.parse(stdout), stderr };
  }

  it('hands its store back at SIGTERM when the image at hand is done: another goes on within a second', async () => {
    const first = await fleet.worker();
    let handed = 0;
    const { code, results } = await during('handed', async () => {
      await untilAsked('handed', 3);
      await fleet.worker();
      const before = askedFor('handed');
      first.kill('SIGTERM');
      expect(await first.ended).toBe(0);
      const since = performance.now();
      await untilAsked('handed', before + 1);
      handed = performance.now() - since;
    });
    expect(code).toBe(0);
    expect(handed).toBeLessThan(1000);
    expect(results.summary.images.completed).toBe(10);
    // Nothing was done twice.
    expect(askedFor('handed')).toBe(10);
  });

  it('ends its store where it is stopped at an image that fails', async () => {
    const worker = await fleet.worker();
    const images = ['/png/1x1?of=failing', '/stall?of=failing', '/png/2x1?of=failing'];
    const stores = [{ store_id: 'S1', images: images.map(runs.at) }];
    const manifest = runs.workspace.write('failing.json', { job_id: 'failing', stores });
    const running = runs.run([...fleet.at, '--timeout', '1s', '--retries', '0', manifest]);
    await untilAsked('failing', 2);
    worker.kill('SIGTERM');
    const { code, stdout } = await running;
    expect(code).toBe(1);
    expect(JSON.parse(stdout).stores[0].error).toMatchObject({ code: 'timeout', image: 1 });
    expect(askedFor('failing')).toBe(2);
  });

  it('that is killed, or frozen for longer than its lock, leaves its store to another within 12 s: nothing is written twice', async () => {
    const doomed = await fleet.worker(['-c', '1']);
    const manifest = runs.workspace.write('lost.json', {
      job_id: 'lost',
      stores: ['killed', 'frozen'].map((store_id) => ({
        store_id,
        images: Array.from({ length: 20 }, (_, at) => runs.at(`/png/${at + 1}x1?of=${store_id}`)),
      })),
    });
    // What the killed one had of the host is free again, too.
    const limit = ['--max-per-host', '2', '--sleep', '400ms'];
    const running = runs.run([...fleet.at, ...limit, manifest]);
    await untilAsked('killed', 1);
    const stopped = await fleet.worker(['-c', '1']);
    await untilAsked('frozen', 3);
    await fleet.worker(['-c', '2']);
    doomed.kill('SIGKILL');
    stopped.kill('SIGSTOP');
    const since = performance.now();
    const before = { killed: askedFor('killed'), frozen: askedFor('frozen') };
    await untilAsked('killed', before.killed + 1);
    await untilAsked('frozen', before.frozen + 1);
    expect(performance.now() - since).toBeLessThan(12_000);
    stopped.kill('SIGCONT');
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary.images.completed).toBe(40);
    // The images that were at hand; of the frozen one perhaps the next, before it knew.
    expect(askedFor('killed')).toBe(21);
    expect(askedFor('frozen')).toBeLessThanOrEqual(22);
    await delay(500);
    expect(await fleet.redis.client.keys('*:run:*')).toEqual([]);
  });

  it('is listed with what it does, for people and programs, and gone when it has left: a store that fails as it leaves has ended', async () => {
    const worker = await fleet.worker(['-c', '7']);
    const list = await runCli(['workers', ...fleet.at]);
    expect(list.stdout).toMatch(/HOST +PID +VERSION +WORK +SLOTS/);
    expect(list.stdout).toContain(` ${worker.child.pid} `);
    expect(list.stdout).toContain('1 worker, 7 slots');
    const json = JSON.parse((await runCli(['workers', '--json', ...fleet.at])).stdout);
    expect(json).toMatchObject([{ pid: worker.child.pid, slots: 7, busy: 0, work: null }]);
    const images = ['/status/404?ms=1000&of=last', '/png/1x1'].map(runs.at);
    const stores = [{ store_id: 'S1', images }];
    const manifest = runs.workspace.write('last.json', { job_id: 'last', stores });
    const running = runs.run([...fleet.at, manifest]);
    await untilAsked('last', 1);
    worker.kill('SIGTERM');
    await worker.ended;
    // Nobody else is there who could end it.
    expect(await running).toMatchObject({ code: 1 });
    expect((await runCli(['workers', ...fleet.at])).stdout).toBe('no worker is there\n');
  });
});

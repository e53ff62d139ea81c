import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate, openGate } from '../support/server.ts';

describe.skipIf(!HAS_REDIS)('a worker', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();

  beforeEach(() => {
    gate.isOpen = false;
  });
  /** Images of 400 ms, one after another; one of them comes when the gate is open. */
  const gated = (of: string, { images, at: waits }: { images: number; at: number }) => ({
    store_id: of,
    images: Array.from({ length: images }, (_, at) =>
      runs.at(`${at === waits ? '/gate' : `/png/${at + 1}x1`}?of=${of}`),
    ),
  });
  const askedFor = (job_id: string) =>
    runs.server.requests.filter(({ url }) => url.endsWith(`of=${job_id}`)).length;
  const untilAsked = (job_id: string, count: number) =>
    expect.poll(() => askedFor(job_id)).toBeGreaterThanOrEqual(count);

  /** Runs these stores, which wait at the gate for as long as it takes. */
  function start(job_id: string, stores: object[], args: string[] = []) {
    const manifest = runs.workspace.write(`${job_id}.json`, { job_id, stores });
    const patience = ['--sleep', '400ms', '--stall-timeout', '100s', '--timeout', '100s'];
    return runs.run([...fleet.at, ...patience, ...args, manifest]);
  }

  it('hands its store back at SIGTERM when the image at hand is done: another goes on within a second', async () => {
    const first = await fleet.worker();
    const running = start('handed', [gated('handed', { images: 10, at: 2 })]);
    await untilAsked('handed', 3);
    await fleet.worker();
    first.kill('SIGTERM');
    openGate();
    expect(await first.ended).toBe(0);
    const since = performance.now();
    await untilAsked('handed', 4);
    expect(performance.now() - since).toBeLessThan(1000);
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary.images.completed).toBe(10);
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
    const stores = ['killed', 'frozen'].map((of) => gated(of, { images: 20, at: 2 }));
    // What the killed one had of the host is free again, too.
    const running = start('lost', stores, ['--max-per-host', '2']);
    await untilAsked('killed', 3);
    const stopped = await fleet.worker(['-c', '1']);
    await untilAsked('frozen', 3);
    await fleet.worker(['-c', '2']);
    doomed.kill('SIGKILL');
    stopped.kill('SIGSTOP');
    const since = performance.now();
    openGate();
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

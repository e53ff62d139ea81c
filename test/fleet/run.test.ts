import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { runCli } from '../support/cli.ts';
import { clockAhead, setUpFleet, withoutTimes } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const HOUR_MS = 3_600_000;

describe.skipIf(!HAS_REDIS)('imgjob run --redis', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
  const mixed = () => runs.workspace.write('m.json', runs.mixedManifest());

  it('with three workers has the results of a run alone, and leaves nothing of them in Redis', async () => {
    const [late] = await Promise.all([
      fleet.worker([], clockAhead(-HOUR_MS)),
      fleet.worker([], clockAhead(HOUR_MS)),
      fleet.worker(),
    ]);
    const alone = await runs.run(['-o', 'alone.json', '--no-state', mixed()]);
    const began = Date.now();
    const { code, stderr } = await runs.run([...fleet.at, '-o', 'fleet.json', mixed()], {
      env: clockAhead(3 * HOUR_MS),
    });
    const ended = Date.now();
    expect([code, alone.code]).toEqual([1, 1]);
    expect(withoutTimes(read('fleet.json'))).toEqual(withoutTimes(read('alone.json')));
    resultsSchema.parse(JSON.parse(read('fleet.json')));
    expect(stderr).not.toContain('warning');
    // Whatever the clocks of others are, times are those of the runner's.
    expect(stderr).toMatch(/the clock of Redis is 10\d+\.\d s behind/);
    expect(late?.said()).toMatch(/the clock of Redis is 3\d+\.\d s ahead/);
    const times = read('fleet.json').matchAll(/"(?:started|finished)_at": ?"([^"]+)"/g);
    const ran = [...times].map(([, time = '']) => Date.parse(time) - 3 * HOUR_MS);
    expect(ran.length).toBeGreaterThan(8);
    expect(Math.min(...ran)).toBeGreaterThanOrEqual(began);
    expect(Math.max(...ran)).toBeLessThanOrEqual(ended);
    const left = await fleet.redis.client.keys('*:run:*');
    expect(left).toEqual([]);
    const queued = await fleet.redis.client.keys('*:stores:[0-9a-f]*-*');
    expect(queued).toEqual([]);
  });

  it('says at once that no worker is there, and goes on when one comes: also with a store that was taken out of Redis', async () => {
    const { client } = fleet.redis;
    const takeOut = async () => {
      const stores = () => client.keys('*:stores:[0-9a-f]*-0-1');
      await expect.poll(stores).toHaveLength(1);
      await client.del(await stores());
      await fleet.worker();
    };
    const running = runs.run([...fleet.at, '-o', 'late.json', mixed()], {
      onStart(child) {
        child.stderr?.on('data', (text) => {
          if (String(text).includes('no worker is there')) void takeOut();
        });
      },
    });
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toContain('workers are there: the stores go on');
    expect(stderr).toContain('warning: Redis has lost 1 store: put back');
  });

  it('ends where results come that it does not understand, and does not ask for them forever', async () => {
    const { client } = fleet.redis;
    const running = runs.run([...fleet.at, mixed()]);
    await expect.poll(() => client.keys('*:run:*:open')).toHaveLength(1);
    const [open = ''] = await client.keys('*:run:*:open');
    const run = open.replace(/:open$/, '');
    const event = { t: new Date().toISOString(), type: 'image_dreamt', job_id: 'spring-audit' };
    await client.hincrby(run, 'n', 1);
    const entry = ['n', '1', 'p', '0', 'e', JSON.stringify([event]), 'x', '0'];
    await client.xadd(`${run}:results`, '*', ...entry);
    const { code, stderr } = await running;
    expect(code).toBe(3);
    expect(stderr).toContain('Redis holds results of this job that no worker of imgjob');
  });

  it('keeps a journal of its own, from which everything else is answered', async () => {
    await fleet.worker();
    await runs.run([...fleet.at, '-o', 'kept.json', mixed()]);
    const { stdout } = await runCli(['results', 'spring-audit'], { cwd: runs.workspace.folder });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(read('kept.json')));
  });

  it('takes headers to the workers, and forgets them with the job', async () => {
    await fleet.worker();
    const manifest = runs.workspace.write('h.json', runs.goodManifest('headed'));
    await runs.run([...fleet.at, '-H', 'X-Key: geheim', manifest]);
    const asked = runs.server.requests.filter(({ headers }) => headers['x-key'] === 'geheim');
    expect(asked).toHaveLength(2);
    const dump = await Promise.all(
      (await fleet.redis.client.keys('*')).map((key) => fleet.redis.client.dump(key)),
    );
    expect(dump.join()).not.toContain('geheim');
  });

  it('is stopped by a signal as a run alone is, and gone on with from what was done', async () => {
    await fleet.worker(['-c', '2']);
    const manifest = runs.workspace.write('s.json', runs.goodManifest('stopped', 8));
    const stopped = await runs.run([...fleet.at, '--sleep', '300ms', '-o', 's.out', manifest], {
      onStart(child) {
        const look = setInterval(() => {
          if (runs.server.requests.filter(({ url }) => /^\/png\/[3]x1/.test(url)).length === 0)
            return;
          clearInterval(look);
          child.kill('SIGINT');
        }, 20);
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`resume stopped --redis ${fleet.redis.url}`);
    // What the worker had at hand is nobody's any more.
    const stores = () => fleet.redis.client.keys('*:stores:[0-9a-f]*-*');
    await expect.poll(stores).toEqual([]);
    const before = runs.server.requests.length;
    const { code } = await runCli(['resume', 'stopped', '--sleep', '0', '-o', 's.out'], {
      cwd: runs.workspace.folder,
    });
    expect(code).toBe(0);
    expect(JSON.parse(read('s.out')).summary.images.completed).toBe(8);
    // Two or three were done, and the one at hand was cut off.
    expect(runs.server.requests.length - before).toBeLessThanOrEqual(6);
  });
});

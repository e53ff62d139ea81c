import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/index.ts';
import { setUpFleet, withoutTimes } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRunners } from '../support/runners.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';

describe.skipIf(!HAS_REDIS)('a fleet behind', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const serve = setUpServices(runs);
  const runner = setUpRunners(runs);

  it('imgjob serve and imgjob run has the same results, and is in the metrics', async () => {
    await Promise.all([fleet.worker(['-c', '3']), fleet.worker(['-c', '4'])]);
    const { url } = await serve([...fleet.at]);
    const jobs = `${url}/api/v1/jobs`;
    await ask(jobs, { method: 'POST', body: runs.mixedManifest('served') });
    const state = async () => JSON.parse(await (await fetch(`${jobs}/served`)).text()).status;
    await expect.poll(state).toBe('failed');
    const served = await (await fetch(`${jobs}/served/results`)).text();
    const manifest = runs.workspace.write('m.json', runs.mixedManifest('served'));
    const { stdout } = await runs.run(['--no-state', ...fleet.at, manifest]);
    const alone = await runs.run(['--no-state', manifest]);
    expect(withoutTimes(stdout)).toEqual(withoutTimes(alone.stdout));
    expect(withoutTimes(served)).toEqual(withoutTimes(alone.stdout));
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await expect.poll(metrics).toContain('imgjob_fleet_workers 2');
    expect(await metrics()).toContain('imgjob_fleet_slots 7');
  });

  it('createRunner runs jobs that are kept and jobs that are not, several at once', async () => {
    await fleet.worker();
    const runner_ = runner({ redis: fleet.redis.url });
    const manifests = await Promise.all(
      ['one', 'two'].map((id) =>
        readManifest(runs.workspace.write(`${id}.json`, runs.mixedManifest(id))),
      ),
    );
    const jobs = manifests.map((manifest, at) =>
      runner_.start(manifest, { sleep_ms: 0, keep: at === 0 }),
    );
    const results = await Promise.all(jobs.map((job) => job.results));
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(results.map(({ summary }) => summary.images.completed)).toEqual([3, 3]);
    await expect.poll(() => fleet.redis.client.keys('*:run:*')).toEqual([]);
  });

  it('createRunner refuses work that is a function, and an address that can not be', async () => {
    const manifest = await readManifest(runs.workspace.write('f.json', runs.goodManifest('f')));
    const withFunction = runner({ redis: fleet.redis.url }).start(manifest, { work: () => 1 });
    await expect(withFunction.results).rejects.toMatchObject({ code: 'usage' });
    const nowhere = runner({ redis: 'nowhere' }).start(manifest);
    await expect(nowhere.results).rejects.toMatchObject({ code: 'usage' });
    const gone = runner({ redis: 'redis://127.0.0.1:1' }).start(manifest);
    await expect(gone.results).rejects.toMatchObject({ code: 'redis-unreachable' });
  });
});

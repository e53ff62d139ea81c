import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/index.ts';
import { finishedImages } from '../support/finished.ts';
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

  const page = async (url: string) =>
    (await fetch(url, { headers: { accept: 'text/html' } })).text();

  it('imgjob serve and imgjob run has the same results, and is in the metrics and on the page of jobs', async () => {
    const workers = await Promise.all([fleet.worker(['-c', '3']), fleet.worker(['-c', '4'])]);
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
    const jobsPage = await page(url);
    expect(jobsPage).toContain('2 workers · 0 of 7 slots at work');
    for (const { child } of workers)
      expect(jobsPage).toContain(`${hostname()}:${child.pid}</span>`);
  });

  it('imgjob serve is shown where a job is, and lets workers finish the images at hand when it is stopped: nothing is done twice', async () => {
    const worker = await fleet.worker(['-c', '2']);
    const { url, end } = await serve([...fleet.at, '--sleep', '300ms']);
    const image = (store: number) => (_: unknown, at: number) =>
      runs.at(`/png/${at + 1}x1?of=paused${store}`);
    const stores = [0, 1, 2].map((store) => ({
      store_id: `S${store}`,
      images: Array.from({ length: 6 }, image(store)),
    }));
    await ask(`${url}/api/v1/jobs`, { method: 'POST', body: { job_id: 'paused', stores } });
    const asked = () => runs.server.requests.filter(({ url: at }) => at.includes('of=paused'));
    await expect
      .poll(() => page(`${url}/jobs/paused`))
      .toContain(`on ${hostname()}:${worker.child.pid}`);
    await expect.poll(() => asked().length).toBeGreaterThan(5);
    expect(await end()).toBe(0);
    const { state } = runs.workspace;
    expect(finishedImages(state, 'paused').size).toBe(asked().length);
    expect(asked().length).toBeLessThan(18);
    const again = await serve([...fleet.at]);
    const word = async () => (await ask(`${again.url}/api/v1/jobs/paused`)).json.status;
    await expect.poll(word).toBe('completed');
    expect(asked().length).toBe(18);
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

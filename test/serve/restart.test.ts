import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

const submit = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(`${url}/api/v1/jobs`, { method: 'POST', body, headers });

const job = async (url: string, job_id: string) => (await ask(`${url}/api/v1/jobs/${job_id}`)).json;

/** A store that hangs at its third image. */
const hanging = (job_id: string) => {
  const { stores } = kept.hangingManifest(job_id);
  return { job_id, stores: stores.slice(1) };
};

const whenDone = (url: string, job_id: string, images: number) =>
  expect
    .poll(async () => (await job(url, job_id)).summary?.images.completed, { timeout: 20_000 })
    .toBe(images);

describe('a server that is killed', () => {
  it('goes on with all it has accepted, and fetches nothing again that has a result', async () => {
    const first = await serve(['--max-jobs', '2']);
    for (const job_id of ['one', 'two', 'three', 'four']) {
      expect((await submit(first.url, hanging(job_id))).status).toBe(201);
    }
    await whenDone(first.url, 'one', 2);
    await whenDone(first.url, 'two', 2);
    expect(await job(first.url, 'three')).toMatchObject({ state: 'queued', status: 'ongoing' });
    await first.end('SIGKILL');
    gate.isOpen = true;
    const before = kept.requested().length;

    const second = await serve(['--max-jobs', '2']);
    for (const job_id of ['one', 'two', 'three', 'four']) {
      await expect.poll(async () => (await job(second.url, job_id)).state).toBe('completed');
    }
    const again = kept.requested().slice(before);
    expect(again.filter((path) => path === '/png/3x3')).toHaveLength(2);
    expect(again.filter((path) => path === '/gate')).toHaveLength(4);
    expect((await job(second.url, 'three')).duration_ms).toBeLessThan(60_000);
  });

  it('knows the keys of submissions, what was cancelled, and what was to be tried again', async () => {
    const first = await serve(['--max-jobs', '1']);
    const key = { 'idempotency-key': 'once' };
    const { json } = await submit(first.url, { stores: [] }, key);
    const images = [runs.at('/flaky/1?of=serve-restart&status=404')];
    await submit(first.url, { job_id: 'again', stores: [{ store_id: 'S1', images }] });
    await expect.poll(async () => (await job(first.url, 'again')).state).toBe('failed');
    await submit(first.url, hanging('busy'));
    await submit(first.url, hanging('waits'));
    const cancel = `${first.url}/api/v1/jobs/waits/cancel`;
    expect((await ask(cancel, { method: 'POST' })).json.state).toBe('cancelled');
    const retry = `${first.url}/api/v1/jobs/again/retry-failed`;
    expect((await ask(retry, { method: 'POST' })).json.state).toBe('queued');
    await first.end('SIGKILL');
    gate.isOpen = true;

    const second = await serve();
    expect((await submit(second.url, { stores: [] }, key)).json.job_id).toBe(json.job_id);
    await expect.poll(async () => (await job(second.url, 'busy')).state).toBe('completed');
    await expect.poll(async () => (await job(second.url, 'again')).state).toBe('completed');
    expect((await job(second.url, 'waits')).state).toBe('cancelled');
  });

  it('finds its jobs also where the index is lost or damaged', async () => {
    const first = await serve();
    for (const job_id of ['a', 'b', 'c']) await submit(first.url, { job_id, stores: [] });
    const list = async (url: string) =>
      (await ask(`${url}/api/v1/jobs`)).json.jobs.map((one: { job_id: string }) => one.job_id);
    await expect.poll(async () => (await job(first.url, 'c')).state).toBe('completed');
    const before = await list(first.url);
    await first.end('SIGKILL');
    const { rmSync, appendFileSync } = await import('node:fs');
    const index = `${runs.workspace.state}/index.ndjson`;
    rmSync(index);
    const second = await serve();
    expect(await list(second.url)).toEqual(before);
    await second.end('SIGKILL');
    appendFileSync(index, '{"job_id":"a","stat');
    const third = await serve();
    expect(await list(third.url)).toEqual(before);
  });
});

describe('a server that is told to stop', () => {
  it('lets images that run finish, takes no more jobs, and exits with 0', async () => {
    const service = await serve(['-c', '1']);
    const images = [runs.at('/png/1x1?ms=1500'), runs.at('/png/2x2')];
    await submit(service.url, { job_id: 'slow', stores: [{ store_id: 'S1', images }] });
    await expect.poll(() => kept.requested()).toContain('/png/1x1');
    const ended = service.end('SIGTERM');
    await expect
      .poll(() => service.said().some(({ message }) => /SIGTERM/.test(`${message}`)))
      .toBe(true);
    const refused = await submit(service.url, { stores: [] });
    expect([refused.status, refused.json.code]).toEqual([503, 'stopped']);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await ask(`${service.url}/readyz`)).status).toBe(503);
    expect((await ask(`${service.url}/healthz`)).status).toBe(200);
    expect(await ended).toBe(0);
    expect(kept.journal('slow')).toMatch(/"image":0,"result".*\n.*job_interrupted.*SIGTERM/);
    const again = await serve();
    await expect.poll(async () => (await job(again.url, 'slow')).state).toBe('completed');
    expect(kept.requested().filter((path) => path === '/png/1x1')).toHaveLength(1);
  });

  it('cuts what takes longer than its grace', async () => {
    const service = await serve(['--grace', '200ms']);
    await submit(service.url, hanging('hangs'));
    await whenDone(service.url, 'hangs', 2);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(kept.journal('hangs')).toContain('"signal":"SIGTERM"');
  });
});

describe('a state folder', () => {
  it('has one server', async () => {
    await serve();
    const args = ['serve', '--port', '0', '--state-dir', runs.workspace.state];
    const second = await runCli(args, { cwd: runs.workspace.folder });
    expect(second.code).toBe(3);
    expect(second.stderr).toContain('another server has the state folder');
  });

  it('is read beside it by the command line', async () => {
    const { url } = await serve(['--max-jobs', '1']);
    await submit(url, hanging('runs'));
    await submit(url, hanging('waits'));
    await whenDone(url, 'runs', 2);
    const list = await kept.imgjob(['status', '--json']);
    const rows = JSON.parse(list.stdout);
    const [waits, running] = rows;
    expect(running).toMatchObject({
      job_id: 'runs',
      status: 'ongoing',
      runner: { pid: expect.any(Number) },
    });
    expect(waits).toMatchObject({ job_id: 'waits', status: 'ongoing', runner: null });
    expect(
      JSON.parse((await kept.imgjob(['results', 'runs'])).stdout).summary.images.completed,
    ).toBe(2);
    expect(
      (await kept.imgjob(['run', '--resume', runs.workspace.write('runs.json', hanging('runs'))]))
        .code,
    ).toBe(3);
  });
});

describe('the command line beside a server', () => {
  it('may run jobs of its own, and go on with those at rest: the server sees it', async () => {
    const { url } = await serve();
    await runs.run(['-o', 'out.json', runs.workspace.write('own.json', runs.goodManifest('own'))]);
    expect(await job(url, 'own')).toMatchObject({ state: 'completed' });
    await submit(url, hanging('stopped'));
    await whenDone(url, 'stopped', 2);
    await ask(`${url}/api/v1/jobs/stopped/cancel`, { method: 'POST' });
    gate.isOpen = true;
    expect((await kept.imgjob(['resume', 'stopped', '-o', 'out.json'])).code).toBe(0);
    expect(await job(url, 'stopped')).toMatchObject({ state: 'completed' });
    const { json } = await ask(`${url}/api/v1/jobs/stopped/results`);
    expect(json.summary.images.completed).toBe(4);
    await kept.imgjob(['rm', 'own']);
    expect((await ask(`${url}/api/v1/jobs/own`)).status).toBe(404);
  });
});

describe('many jobs', () => {
  it('wait for their turn, and then for room', async () => {
    const { url } = await serve(['--max-jobs', '1', '--max-queued', '2']);
    for (const job_id of ['a', 'b', 'c'])
      expect((await submit(url, hanging(job_id))).status).toBe(201);
    const full = await submit(url, hanging('d'));
    expect([full.status, full.json.code]).toEqual([429, 'queue-full']);
    expect(full.headers.get('retry-after')).toBe('5');
    const older = await ask(`${url}/api/submit`, {
      method: 'POST',
      body: { count: 0, visits: [] },
    });
    expect([older.status, older.json]).toEqual([429, { error: expect.any(String) }]);
    await ask(`${url}/api/v1/jobs/a/cancel`, { method: 'POST' });
    await expect.poll(async () => (await job(url, 'b')).state).toBe('running');
    expect((await submit(url, hanging('d'))).status).toBe(201);
  });

  it('are removed some time after their end, but for the last', async () => {
    const { url } = await serve(['--keep', '2', '--keep', '30d']);
    for (const job_id of ['a', 'b', 'c', 'd']) await submit(url, { job_id, stores: [] });
    await submit(url, hanging('runs'));
    const ids = async () =>
      (await ask(`${url}/api/v1/jobs`)).json.jobs.map((one: { job_id: string }) => one.job_id);
    await expect.poll(ids).toEqual(['runs', 'd', 'c']);
    expect(kept.has('a')).toBe(false);
  });
});

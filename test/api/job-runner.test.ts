import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ManifestDocument, type Runner, readManifest, type Work } from '../../src/index.ts';
import { keptJobs } from '../support/kept.ts';
import { FAST, setUpRunners } from '../support/runners.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate, openGate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

const newRunner = setUpRunners(runs);

/** Runs the job that hangs up to where it does, and stops it. */
async function interrupt(runner: Runner, options = {}): Promise<void> {
  const stop = new AbortController();
  const manifest = await readManifest(kept.hangingManifest());
  const job = runner.start(manifest, { ...FAST, signal: stop.signal, ...options });
  let finished = 0;
  for await (const event of job) {
    if (event.type === 'image_finished') finished += 1;
    if (finished === 4) stop.abort();
  }
  expect((await job.results).status).toBe('ongoing');
  gate.isOpen = true;
  runs.server.requests.length = 0;
}

describe('a job that a runner keeps', () => {
  it('goes on where it was stopped: nothing that has a result is fetched again', async () => {
    await interrupt(newRunner());
    const runner = newRunner();
    const { status, summary } = await runner.resume('Spring-Audit').results;
    expect({ status, ...summary.images }).toMatchObject({ status: 'completed', completed: 6 });
    expect(kept.requested()).toEqual(['/gate', '/png/5x5']);
    expect(await runner.results('spring-audit')).toMatchObject({ status, summary });
  });

  it('tells its events from job_resumed on', async () => {
    await interrupt(newRunner());
    const types: string[] = [];
    for await (const { type } of newRunner().resume('spring-audit')) types.push(type);
    expect(types[0]).toBe('job_resumed');
    expect(types.filter((type) => type === 'image_finished')).toHaveLength(2);
    expect(types.slice(-2)).toEqual(['job_finished', 'results_delivered']);
  });

  it('is refused where it was interrupted, goes on, or starts over, as it is said', async () => {
    const runner = newRunner();
    await interrupt(runner);
    const manifest = await readManifest(kept.hangingManifest());
    await expect(runner.start(manifest, FAST).results).rejects.toMatchObject({
      code: 'job-interrupted',
    });
    const other = await readManifest({ ...kept.hangingManifest(), stores: [] });
    await expect(runner.start(other, { ...FAST, resume: true }).results).rejects.toMatchObject({
      code: 'manifest-differs',
    });
    expect((await runner.start(manifest, { ...FAST, resume: true }).results).status).toBe(
      'completed',
    );
    expect(kept.requested()).toHaveLength(2);
    // It has ended, and whoever ran it has its results.
    await runner.start(manifest, { ...FAST, resume: true }).results;
    expect(kept.requested()).toHaveLength(8);
  });

  it('starts over with force; the run before is kept', async () => {
    const runner = newRunner();
    await interrupt(runner);
    const manifest = await readManifest(kept.hangingManifest());
    const { status } = await runner.start(manifest, { ...FAST, force: true }).results;
    expect(status).toBe('completed');
    expect(kept.requested()).toHaveLength(6);
    expect((await runner.results('spring-audit', { previous: true })).status).toBe('ongoing');
  });

  it('is one of the command line as well', async () => {
    await interrupt(newRunner());
    const { code } = await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(0);
    expect(kept.readOutput().summary.images.completed).toBe(6);
    const path = runs.workspace.write('m.json', runs.mixedManifest('from-cli'));
    await runs.run([path, '-o', 'out.json']);
    const results = await newRunner().results('from-cli');
    expect(results).toEqual(kept.readOutput());
    const again = newRunner().resume('from-cli', { retry_failed: true });
    expect((await again.results).stores[1]?.images[1]?.attempts).toBe(1);
  });

  it('has its failed stores done again where that is asked for', async () => {
    const runner = newRunner();
    const manifest = await readManifest(runs.mixedManifest());
    await runner.start(manifest, FAST).results;
    runs.server.requests.length = 0;
    expect((await runner.resume('spring-audit').results).status).toBe('failed');
    expect(kept.requested()).toEqual([]);
    await runner.resume('spring-audit', { retry_failed: true }).results;
    expect(kept.requested()).toEqual(['/status/404']);
  });

  it('needs neither its manifest’s file nor the manifest any more', async () => {
    const { stores } = kept.hangingManifest();
    const text = stores.map((store) => JSON.stringify(store)).join('\n');
    const path = runs.workspace.write('m.ndjson', text);
    const manifest = await readManifest(path, { job_id: 'spring-audit' });
    const stop = new AbortController();
    const job = newRunner().start(manifest, { ...FAST, signal: stop.signal });
    for await (const { type } of job) if (type === 'store_finished') stop.abort();
    // It stays open: it is the caller's.
    expect((await manifest.store(0)).store_id).toBe('S1');
    await manifest.close();
    rmSync(path);
    gate.isOpen = true;
    expect((await newRunner().resume('spring-audit').results).stores).toHaveLength(2);
  });

  it.each<[string, ManifestDocument]>([
    ['no stores', { job_id: 'small', stores: [] }],
    [
      'a store without images, and half a character',
      { job_id: 'small', stores: [{ store_id: '\ud800', images: [] }] },
    ],
  ])('may have %s', async (_, value) => {
    const runner = newRunner();
    const manifest = await readManifest(value);
    await runner.start(manifest, FAST).results;
    await runner.start(manifest, FAST).results;
    const { status, stores } = await runner.results('small');
    expect({ status, stores: stores.length }).toEqual({
      ...{ status: 'completed', stores: manifest.store_count },
    });
    expect((await runner.results('small', { previous: true })).status).toBe('completed');
  });

  it('is not run without being kept where that can’t be', async () => {
    const file = runs.workspace.write('file', 'x');
    const runner = newRunner({ state_dir: `${file}/state` });
    const manifest = await readManifest(runs.goodManifest());
    await expect(runner.start(manifest, FAST).results).rejects.toMatchObject({
      code: 'state-unwritable',
    });
    expect(kept.requested()).toEqual([]);
  });
});

describe('what is not in a journal', () => {
  const work: Work = ({ width }) => ({ width });

  it('is given again: work that is a function', async () => {
    const runner = newRunner();
    await interrupt(runner, { work });
    await expect(runner.resume('spring-audit').results).rejects.toMatchObject({
      ...{
        code: 'usage',
        message: 'the work of spring-audit is a function of the program that ran it',
      },
    });
    const { code, stderr } = await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(2);
    expect(stderr).toContain('--work MODULE');
    const { stores } = await runner.resume('spring-audit', { work }).results;
    expect(stores.flatMap(({ images }) => images.map(({ output }) => output))).toEqual(
      [1, 2, 3, 4, 4, 5].map((width) => ({ width })),
    );
  });

  it('is given again: headers', async () => {
    const runner = newRunner();
    const headers = { 'x-key': 'secret' };
    await interrupt(runner, { headers });
    await expect(runner.resume('spring-audit').results).rejects.toThrow('with the header x-key');
    await runner.resume('spring-audit', { headers }).results;
    expect(runs.server.requests.at(-1)?.headers['x-key']).toBe('secret');
    expect(kept.journal('spring-audit')).not.toContain('secret');
  });
});

describe('how a kept job stands', () => {
  it('is told while it runs, and after', async () => {
    const runner = newRunner();
    const job = runner.start(await readManifest(kept.hangingManifest()), FAST);
    const standing = () => runner.status('spring-audit').catch(() => null);
    await expect.poll(async () => (await standing())?.summary.images.completed).toBe(4);
    const { runner: process_, ...now } = await runner.status('spring-audit');
    expect(process_?.pid).toBe(process.pid);
    expect(now).toMatchObject({
      status: 'ongoing',
      summary: { images: { pending: 2 } },
      errors: [],
    });
    openGate();
    await job.results;
    expect(await runner.status('spring-audit')).toMatchObject({
      ...{ status: 'completed', runner: null, rate: null, eta_ms: null },
    });
  });

  it('is as imgjob status says it', async () => {
    const runner = newRunner();
    await runner.start(await readManifest(runs.mixedManifest()), FAST).results;
    const { stdout } = await kept.imgjob(['status', 'spring-audit', '--json']);
    const standing = await runner.status('spring-audit');
    expect(standing).toEqual(JSON.parse(stdout));
    expect(Object.keys(standing)).toEqual(Object.keys(JSON.parse(stdout)));
    expect(standing.errors).toHaveLength(1);
  });

  it('is not known of what is not there', async () => {
    const runner = newRunner();
    const unknown = { code: 'unknown-job' };
    await expect(runner.status('nobody')).rejects.toMatchObject(unknown);
    await expect(runner.results('nobody')).rejects.toMatchObject(unknown);
    await expect(runner.resume('nobody').results).rejects.toMatchObject(unknown);
    await runner.start(await readManifest(runs.goodManifest()), FAST).results;
    await expect(runner.results('good', { previous: true })).rejects.toMatchObject(unknown);
  });
});

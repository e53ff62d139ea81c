import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { readOutput, requested } = kept;
const imgjob = (...args: string[]) => kept.imgjob(args);

describe('running a job again', () => {
  it('that has finished starts over, says so in a line, and keeps the earlier results', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    await runs.run(['-o', 'first.json', path]);
    const { code, stderr } = await runs.run(['-o', 'second.json', path]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      'imgjob: good has run before (completed) and starts over; its earlier results: imgjob results good --previous\n',
    );
    const previous = await imgjob('results', 'good', '--previous');
    expect(previous.stdout).toBe(readFileSync(runs.workspace.path('first.json'), 'utf8'));
    const last = await imgjob('results', 'GOOD');
    expect(last.stdout).toBe(readFileSync(runs.workspace.path('second.json'), 'utf8'));
  });

  it('keeps the last run that did anything, when later ones could not start', async () => {
    const good = runs.workspace.write('good.json', runs.goodManifest('good'));
    const bad = runs.workspace.write('bad.json', runs.goodManifest('bad'));
    await runs.run(['-o', 'first.json', good]);
    mkdirSync(join(runs.workspace.state, 'jobs/bad/manifest.json/x'), { recursive: true });
    const state = ['--state-dir', runs.workspace.state];
    for (let time = 0; time < 2; time += 1) {
      expect((await runs.run([...state, '-o', 'out/', good, bad])).code).toBe(3);
    }
    const { stdout } = await imgjob('results', 'good', '--previous');
    expect(stdout).toBe(readFileSync(runs.workspace.path('first.json'), 'utf8'));
  });

  it('that was interrupted is refused with both ways out', async () => {
    await kept.interrupt();
    const journal = kept.journal('spring-audit');
    const { code, stdout, stderr } = await runs.run([runs.workspace.path('m.json')]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('the job spring-audit was interrupted');
    expect(stderr).toContain('imgjob resume spring-audit');
    expect(stderr).toContain('--force');
    expect(kept.journal('spring-audit')).toBe(journal);
  });

  it('with --force starts over; what was done is kept as the previous run', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const path = runs.workspace.path('m.json');
    expect((await runs.run(['--force', '-o', 'out.json', path])).code).toBe(0);
    expect(readOutput().summary).toMatchObject({ images: { completed: 6 }, attempts: 6 });
    const { stdout } = await imgjob('results', 'spring-audit', '--previous');
    expect(parseResults(stdout).summary.images).toMatchObject({ completed: 4, pending: 2 });
  });

  it('while it runs is refused by name of who runs it, and so is removing it', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    let refused: Promise<unknown> = Promise.resolve();
    await runs.run(['--progress', 'json', '-o', 'out.json', path], {
      onStart: kept.whenItHangs((child) => {
        refused = (async () => {
          for (const args of [
            ['run', path],
            ['resume', 'spring-audit'],
            ['rm', 'spring-audit'],
          ]) {
            const { code, stderr } = await imgjob(...args);
            expect(code).toBe(3);
            expect(stderr).toContain(`run by another process: pid ${child.pid} on `);
          }
        })().finally(() => child.kill('SIGINT'));
      }),
    });
    await refused;
    expect(kept.has('spring-audit')).toBe(true);
  });
});

describe('imgjob run --resume', () => {
  it('starts a job that is new, goes on with it when interrupted, and starts over when done', async () => {
    const first = await kept.interrupt('SIGTERM', ['--resume']);
    expect(first.code).toBe(143);
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const again = ['--resume', '-o', 'out.json', runs.workspace.path('m.json')];
    expect((await runs.run(again)).code).toBe(0);
    expect(requested()).toEqual(['/gate', '/png/5x5']);
    expect((await runs.run(again)).stderr).toContain('starts over');
    expect(requested()).toHaveLength(2 + 6);
  });

  it('goes on with the same stores, however the manifest is written', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const { stores } = kept.hangingManifest();
    const visits = stores.map(({ store_id, images }) => ({ store_id, image_url: images }));
    const path = runs.workspace.write('visits.json', { job_id: 'Spring-Audit', count: 2, visits });
    expect((await runs.run(['--resume', '-o', 'out.json', path])).code).toBe(0);
    expect(readOutput()).toMatchObject({ job_id: 'spring-audit', status: 'completed' });
  });

  it.each([
    ['an image', (m: Manifest) => m.stores[1]?.images.push('http://a/'), 'store 2 is another one'],
    ['a store', (m: Manifest) => m.stores.pop(), 'it has 1 stores and had 2'],
  ])('refuses a manifest in which %s is other than it was', async (_, change, message) => {
    await kept.interrupt();
    const manifest = kept.hangingManifest();
    change(manifest);
    const path = runs.workspace.write('m.json', manifest);
    const { code, stderr } = await runs.run(['--resume', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('the manifest of spring-audit has changed since');
    expect(stderr).toContain(message);
  });

  it('needs a job_id: a made-up one is never found again', async () => {
    const { stores } = runs.goodManifest();
    const path = runs.workspace.write('m.json', { stores });
    const { code, stderr } = await runs.run(['--resume', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('--resume needs a job_id');
    expect((await runs.run(['--resume', '--job-id', 'x', path])).code).toBe(0);
  });

  it('writes the results of a run that was killed before it had written them', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    await runs.run(['-o', 'out.json', path]);
    kept.forgetDelivery('good');
    runs.server.requests.length = 0;
    const { code, stdout, stderr } = await runs.run(['--resume', path]);
    expect(code).toBe(0);
    expect(stderr).toContain('good has ended, and its results were not delivered');
    expect(parseResults(stdout).status).toBe('completed');
    expect(requested()).toEqual([]);
  });
});

type Manifest = ReturnType<typeof kept.hangingManifest>;

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { requested } = kept;

const lastEvent = (job_id: string) =>
  JSON.parse(kept.journal(job_id).trim().split('\n').at(-1) ?? '');
const forget = () => {
  runs.server.requests.length = 0;
};

describe('that results were delivered', () => {
  it('is the last event of a run, in the journal and for --progress json', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest('mixed'));
    const { stderr } = await runs.run(['--progress', 'json', '-o', 'out.json', path]);
    const last = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    expect(last).toEqual({ t: expect.any(String), type: 'results_delivered', job_id: 'mixed' });
    expect(lastEvent('mixed')).toMatchObject(last);
  });

  it('is written once, however often they are written again, and takes no time of the run', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    await runs.run(['-o', 'out.json', path]);
    const journal = kept.journal('good');
    expect((await kept.imgjob(['resume', 'good', '-o', 'again.json'])).code).toBe(0);
    expect(kept.journal('good')).toBe(journal);
    const [first, again] = ['out.json', 'again.json'].map((name) =>
      readFileSync(runs.workspace.path(name), 'utf8'),
    );
    expect(again).toBe(first);
  });
});

describe('what could not be delivered', () => {
  /** A run whose place of results or reports is gone when it has ended. */
  async function runIntoNothing(args: string[]) {
    const images = [runs.at('/png/1x1?ms=400'), runs.at('/png/2x2')];
    const manifest = { job_id: 'spring-audit', stores: [{ store_id: 'S1', images }] };
    const path = runs.workspace.write('m.json', manifest);
    const place = runs.workspace.path('place');
    mkdirSync(place);
    return runs.run(['--progress', 'json', ...args, path], {
      onStart: (child) =>
        child.stderr?.once('data', () => rmSync(place, { recursive: true, force: true })),
    });
  }

  it.each([
    ['results', ['-o', 'place/out.json'], 'imgjob resume spring-audit -o place/out.json'],
    [
      'a report',
      ['-o', 'out.json', '--junit', 'place/junit.xml'],
      'imgjob resume spring-audit -o out.json --junit place/junit.xml',
    ],
  ])('%s: the command is printed that does so, and run --resume does', async (_, args, command) => {
    const { code, stderr } = await runIntoNothing(args);
    expect(code).toBe(3);
    expect(stderr).toContain(`To write it later without fetching anything: ${command}\n`);
    expect(lastEvent('spring-audit')).toMatchObject({ type: 'job_finished' });
    forget();
    mkdirSync(runs.workspace.path('place'));
    const path = runs.workspace.path('m.json');
    expect((await runs.run(['--resume', ...args, path])).code).toBe(0);
    expect(requested()).toEqual([]);
    expect(lastEvent('spring-audit')).toMatchObject({ type: 'results_delivered' });
    expect((await runs.run(['--resume', ...args, path])).stderr).toContain('starts over');
  });
});

describe('run --resume of several manifests', () => {
  async function ended(...ids: string[]) {
    const paths = ids.map((id) => runs.workspace.write(`${id}.json`, runs.goodManifest(id)));
    await runs.run(['-o', 'out/', ...paths]);
    forget();
    return paths;
  }
  const results = (id: string) =>
    readFileSync(runs.workspace.path(`out/${id}.results.json`), 'utf8');

  it('is one step: while one is left to be delivered, those that ended fetch nothing', async () => {
    const paths = await ended('a', 'b');
    const before = results('a');
    kept.forgetDelivery('b');
    rmSync(runs.workspace.path('out'), { recursive: true });
    const { code, stderr } = await runs.run(['--resume', '-o', 'out/', ...paths]);
    expect(code).toBe(0);
    expect(stderr).toContain('a has ended, and other jobs of this run have not');
    expect(requested()).toEqual([]);
    expect(results('a')).toBe(before);
  });

  it('is not over while what is delivered once more has no place to go', async () => {
    const paths = await ended('a', 'b');
    kept.forgetDelivery('b');
    rmSync(runs.workspace.path('out'), { recursive: true });
    mkdirSync(runs.workspace.path('out/a.results.json'), { recursive: true });
    const args = ['--resume', '-o', 'out/', ...paths];
    expect((await runs.run(args)).code).toBe(3);
    rmSync(runs.workspace.path('out'), { recursive: true });
    expect((await runs.run(args)).code).toBe(0);
    expect(requested()).toEqual([]);
    expect(readdirSync(runs.workspace.path('out'))).toHaveLength(2);
  });

  it('goes on with the one that was interrupted alone', async () => {
    const [path = ''] = await ended('a');
    await kept.interrupt();
    gate.isOpen = true;
    forget();
    const both = [path, runs.workspace.path('m.json')];
    expect((await runs.run(['--resume', '-o', 'out/', ...both])).code).toBe(0);
    expect(requested()).toEqual(['/gate', '/png/5x5']);
    forget();
    expect((await runs.run(['--resume', '-o', 'out/', ...both])).code).toBe(0);
    expect(requested()).toHaveLength(2 + 6);
  });

  it('starts over when all are done, also with one that is new', async () => {
    const paths = await ended('a', 'b');
    const fresh = runs.workspace.write('c.json', runs.goodManifest('c'));
    expect((await runs.run(['--resume', '-o', 'out/', ...paths, fresh])).code).toBe(0);
    expect(requested()).toHaveLength(3 * 2);
  });
});

describe('a journal that can’t say whether results were delivered', () => {
  it.each([
    [
      'of before',
      (text: string) => text.replaceAll(/,"checksum":"[0-9a-f]{8}"|.*results_delivered.*\n/g, ''),
    ],
    [
      'damaged behind its end',
      (text: string) => text.replace('results_delivered', 'results_dElivered'),
    ],
  ])(
    '(%s) is taken for one that did: nobody gets the results of an earlier run',
    async (_, change) => {
      const path = runs.workspace.write('m.json', runs.goodManifest('good'));
      await runs.run(['-o', 'out.json', path]);
      const journal = join(runs.workspace.state, 'jobs/good/journal.ndjson');
      writeFileSync(journal, change(kept.journal('good')));
      forget();
      expect((await runs.run(['--resume', '-o', 'out.json', path])).code).toBe(0);
      expect(requested()).toHaveLength(2);
    },
  );
});

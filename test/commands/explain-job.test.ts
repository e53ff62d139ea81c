import { describe, expect, it } from 'vitest';
import { fieldOf, setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { explain, inShell, png, runStores } = setUpExplain(runs, kept);

describe('a job', () => {
  it('has its counts and each cause, the most frequent first, with its first image', async () => {
    const gone = runs.at('/status/410');
    await runStores([
      { store_id: 'S1', images: [png('1x1'), runs.at('/empty')] },
      { store_id: 'S2', images: [gone, png('1x1'), png('2x2')] },
      { store_id: 'S3', images: [gone] },
      { store_id: 'S4', images: [png('1x1')] },
    ]);
    const said = await explain('spring-audit');
    const [job = '', first = '', second = '', ...rest] = said.split('\n\n');
    expect(rest).toEqual([]);
    expect(job.split('\n')).toEqual([
      'spring-audit: failed',
      expect.stringMatching(/^ {2}when {6}20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, .* m?s$/),
      '  stores    1 completed   3 failed',
      '  images    2 completed   3 failed   2 skipped',
      '  skipped   2 images after a failed image of their store',
    ]);
    expect(first).toMatch(/^S2, image 1 of 3: failed\n/);
    expect(first).toContain(`  others    1 more image for the same cause
            S3, image 1 of 1  ${gone}`);
    expect(second).toMatch(/^S1, image 2 of 2: failed\n {2}why {7}empty-body: /);
    expect(second).not.toContain('others');
  });

  it('of many causes has the ten most frequent, and counts the rest', async () => {
    const statuses = [400, 402, 405, 406, 409, 411, 412, 413, 414, 415, 416, 417];
    const images = statuses.map((status) => runs.at(`/status/${status}`));
    await runStores([{ store_id: 'S1', images }], ['--keep-going']);
    const blocks = (await explain('spring-audit')).trimEnd().split('\n\n');
    expect(blocks.length).toBe(12);
    expect(blocks.at(-1)).toBe('… and 2 failures of other causes');
  });

  it('that completed is told in one line', async () => {
    await runStores([{ store_id: 'S1', images: [png('1x1'), png('2x2')] }]);
    expect(await explain('spring-audit')).toMatch(
      /^spring-audit: completed, 2 images of 1 store in .*\n$/,
    );
  });

  it('that was interrupted says how to go on, and what is left', async () => {
    await kept.interrupt('SIGINT');
    expect((await explain('spring-audit')).split('\n')).toEqual([
      expect.stringMatching(
        /^spring-audit: interrupted, 4 of 6 images in .*: 2 pending, none failed$/,
      ),
      '  go on     imgjob resume spring-audit',
      '',
    ]);
    const said = await explain('spring-audit', runs.at('/gate'));
    expect(said).toContain('S2, image 3 of 4: pending\n  why       not finished: the job is inter');
    expect(said).toContain('  go on     imgjob resume spring-audit\n');
    expect(await explain('spring-audit', 'S2')).toContain('  pending   2 images\n');
    gate.isOpen = true;
    expect(await inShell('imgjob resume spring-audit -o out.json')).toMatchObject({ code: 0 });
  });

  it('that runs is not to be gone on with', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    let said: Promise<string> = Promise.resolve('');
    await runs.run(['--progress', 'json', '-o', 'out.json', path], {
      onStart: kept.whenItHangs((child) => {
        said = explain('spring-audit').finally(() => child.kill('SIGINT'));
      }),
    });
    expect(await said).toMatch(/^spring-audit: running, 4 of 6 images in .*: 2 pending/);
    expect(await said).not.toContain('go on');
  });
});

describe('a store', () => {
  it('has its failed images in full, and a line for those that completed', async () => {
    const images = [png('1x1'), runs.at('/status/404'), png('2x2'), runs.at('/empty')];
    await runStores([{ store_id: 'S1', images }], ['--keep-going']);
    const blocks = (await explain('spring-audit', 'S1')).split('\n\n');
    expect(blocks.map((block) => block.split('\n')[0])).toEqual([
      'S1, store 1 of 1: failed',
      'S1, image 2 of 4: failed',
      'S1, image 4 of 4: failed',
    ]);
    expect(blocks[0]).toMatch(/^ {2}completed 2 images, \d+ B, the slowest image [13] in \d+ ms$/m);
    expect(blocks[0]).toContain('  failed    2 images');
    expect(blocks.join('\n')).not.toContain('work on the other images');
  });

  it('of an id that comes twice is told twice, by position', async () => {
    await runStores([
      { store_id: 'S1', images: [png('1x1')] },
      { store_id: 'S2', images: [png('1x1')] },
      { store_id: 'S1', images: [runs.at('/status/404')] },
    ]);
    const said = await explain('spring-audit', 'S1');
    expect(said.match(/^\S.*$/gm)).toEqual([
      'S1, store 1 of 3: completed',
      'S1, store 3 of 3: failed',
      'S1, image 1 of 1: failed',
    ]);
    expect(fieldOf(said, 'manifest')).toMatch(/stores\[2\]\.images\[0\]$/);
  });

  it('that was told to stop says for whose sake', async () => {
    const stores = [
      { store_id: 'S1', images: [runs.at('/status/404')] },
      { store_id: 'S2', images: [png('1x1')] },
    ];
    await runStores(stores, ['--fail-fast', '-c', '1']);
    const said = await explain('spring-audit', 'S2');
    expect(said).toContain('S2, store 2 of 2: skipped\n');
    expect(fieldOf(said, 'why')).toBe('the job stopped at the failure of S1 (--fail-fast)');
    expect(await explain('spring-audit')).toContain(
      '  skipped   1 store with 1 image: the job stopped at a failure elsewhere (--fail-fast)',
    );
    expect(fieldOf(await explain('spring-audit', png('1x1')), 'why')).toContain('failure of S1');
  });

  it('comes before a URL of the same text', async () => {
    const url = png('1x1');
    await runStores([
      { store_id: 'S1', images: [url] },
      { store_id: url, images: [png('2x2')] },
    ]);
    expect(await explain('spring-audit', url)).toContain(`${url}, store 2 of 2: completed`);
  });
});

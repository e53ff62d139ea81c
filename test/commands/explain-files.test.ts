import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldOf, proposals, setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;
const { explain, explainAlone, inShell, png, runStores } = setUpExplain(runs, kept);

describe('a results file in a pipe', () => {
  it('needs a folder for temporary files, and that is not its fault', async () => {
    const { code, stderr } = await imgjob(['explain', '-'], {
      stdin: '{}',
      env: { TMPDIR: '/no-such-folder' },
    });
    expect(code).toBe(3);
    expect(stderr).toContain("can't write to the folder for temporary files, /no-such-folder: ");
  });
});

describe('a results file', () => {
  const stores = () => [{ store_id: 'S1', images: [runs.at('/status/503'), png('1x1')] }];

  it('alone knows the last attempt, and the place without its line', async () => {
    await runStores(stores(), ['--retries', '2', '--max-redirects', '9']);
    const said = await explainAlone('out.json', 'S1');
    expect(said).toMatch(/^ {4}1–2 {5}known to the journal of the job alone$/m);
    expect(said).toMatch(/^ {4}3 {7}\d\d:\d\d:\d\d\.\d{3} {2}503 from /m);
    expect(fieldOf(said, 'manifest')).toBe('stores[0].images[0]');
    expect(fieldOf(said, 'repeat')).toContain('--max-redirs 10 ');
    expect(proposals(said).at(-1)).toBe('run the manifest again with --keep-going');
  });

  it('of a job that is kept is explained as that is', async () => {
    await runStores(stores(), ['--retries', '2', '--max-redirects', '9']);
    const said = await explain('out.json', 'S1');
    expect(said).toBe(await explain('spring-audit', 'S1'));
    expect(fieldOf(said, 'repeat')).toContain('--max-redirs 9 ');
  });

  it('of an earlier run of that job is not', async () => {
    await runStores(stores(), ['--retries', '0']);
    const earlier = readFileSync(runs.workspace.path('out.json'), 'utf8');
    writeFileSync(runs.workspace.path('earlier.json'), earlier);
    await runStores(stores(), ['--retries', '0']);
    expect(fieldOf(await explain('earlier.json', 'S1'), 'manifest')).toBe('stores[0].images[0]');
  });

  it('of before the job went on is explained as it is, and says so', async () => {
    const flaky = runs.at('/flaky/3?of=explained&status=503');
    await runStores([{ store_id: 'S1', images: [flaky] }], ['--retries', '1']);
    await imgjob(['resume', 'spring-audit', '--retry-failed', '-o', 'new.json']);
    const { stdout, stderr } = await imgjob(['explain', 'out.json', 'S1']);
    expect(stderr).toBe(
      'imgjob: spring-audit has gone on since this file was written: imgjob explain spring-audit\n',
    );
    expect(stdout).toContain('S1, image 1 of 1: failed\n');
    expect(stdout).toMatch(/^ {4}1 {7}known to the journal/m);
    expect(await explain('new.json')).toMatch(/^spring-audit: completed/);
  });

  it('may come on standard input', async () => {
    await runStores(stores(), ['--retries', '0']);
    const { stdout } = await inShell('imgjob explain - S1 < out.json');
    expect(stdout).toBe(await explain('spring-audit', 'S1'));
  });
});

describe('what is not there', () => {
  it('is exit 2, and named as it may be shown', async () => {
    await runStores([{ store_id: 'S1', images: [png('1x1')] }]);
    const target = 'http://me:hush@cdn.example/a.png?token=hush';
    const { code, stdout, stderr } = await imgjob(['explain', 'spring-audit', target]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'imgjob: there is no store and no URL http://cdn.example/a.png?… in spring-audit\n',
    );
    expect(stderr).not.toContain('hush');
    expect(stderr).toContain('Its stores: S1. ');
  });

  it.each([
    ['a job', 'autumn-audit', 'there is no file and no job autumn-audit'],
    ['a file', './none.json', 'no such file'],
  ])('may be %s', async (_, name, message) => {
    const { code, stderr } = await imgjob(['explain', name]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;
const { imgjob, readOutput, requested, hangingManifest, whenItHangs } = keptJobs(runs);

const good = (size: string) => at(`/png/${size}`);
const bad = () => at('/status/404');

/** Writes a manifest of stores S1, S2, … with these images. */
function write(stores: string[][], job_id = 'spring-audit') {
  const named = stores.map((images, index) => ({ store_id: `S${index + 1}`, images }));
  return runs.workspace.write('m.json', { job_id, stores: named });
}

/** The first store fails at the gate's side of things: alone, before the other two begin. */
const stopping = () => write([[good('1x1'), bad(), good('2x2')], [good('3x3')], [good('4x4')]]);
const FAIL_FAST = ['--fail-fast', '-c', '1', '-o', 'out.json'];

const statuses = () => readOutput().stores.map(({ status }) => status);
const imageStatuses = () =>
  readOutput().stores.map(({ images }) => images.map(({ status }) => status[0]).join(''));
const summaryOf = ({ stderr }: CliResult) =>
  stderr.slice(stderr.search(/^(failed|completed) {2}/m));

describe('--allow-failures', () => {
  it.each([
    ['1', 0, 'yes, by --allow-failures 1'],
    ['0', 1, 'no, more than --allow-failures 0'],
    ['50%', 0, 'yes, by --allow-failures 50%'],
    ['33.3%', 1, 'no, more than --allow-failures 33.3%'],
  ])(
    '%s of one failed store of three is exit %d; the job has failed all the same',
    async (most, code, said) => {
      const path = runs.workspace.write('m.json', mixedManifest());
      const result = await run(['-o', 'out.json', '--allow-failures', most, path]);
      expect(result.code).toBe(code);
      expect(readOutput().status).toBe('failed');
      expect(summaryOf(result)).toMatch(/^failed {2}spring-audit /);
      expect(result.stderr).toContain(`\n  allowed  ${said}\n`);
    },
  );

  it('is judged job by job', async () => {
    const paths = [
      runs.workspace.write('a.json', mixedManifest('a')),
      runs.workspace.write('b.json', {
        ...{ job_id: 'b' },
        stores: ['S1', 'S2'].map((store_id) => ({ store_id, images: [bad()] })),
      }),
    ];
    const { code, stderr } = await run(['-o', 'r/', '--allow-failures', '1', ...paths]);
    expect(code).toBe(1);
    expect(stderr.match(/^ {2}allowed .*$/gm)).toEqual([
      '  allowed  yes, by --allow-failures 1',
      '  allowed  no, more than --allow-failures 1',
    ]);
  });

  it('says nothing of a job without failures', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { code, stderr } = await run(['-o', 'out.json', '--allow-failures', '0', path]);
    expect(code).toBe(0);
    expect(stderr).not.toContain('allowed');
  });

  it('holds for a resume of the job, which may be given another', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    await run(['-o', 'out.json', '--allow-failures', '1', path]);
    const resume = (...args: string[]) =>
      imgjob(['resume', 'spring-audit', '-o', 'out.json', ...args]);
    expect((await resume()).code).toBe(0);
    expect((await resume('--allow-failures', '0')).code).toBe(1);
  });

  it('allows no interruption', async () => {
    const path = runs.workspace.write('m.json', hangingManifest());
    const args = ['--progress', 'json', '-o', 'out.json', '--allow-failures', '100%', path];
    const { code } = await run(args, { onStart: whenItHangs((child) => child.kill('SIGTERM')) });
    expect(code).toBe(143);
  });

  it.each(['-1', 'x', '101%', '5,5', '', '1.5', '1e3', '5 %'])(
    '%j is exit 2, says what is expected, and starts nothing',
    async (value) => {
      const path = runs.workspace.write('m.json', goodManifest());
      const { code, stderr } = await run(['-o', 'out.json', '--allow-failures', value, path]);
      expect(code).toBe(2);
      expect(stderr).toContain('Expected a number of stores like 3, or a share like 5%.');
      expect(requested()).toEqual([]);
    },
  );
});

describe('--fail-fast', () => {
  it('stops at the first failed store, and the summary says so and how to go on', async () => {
    const result = await run([...FAIL_FAST, stopping()]);
    expect(result.code).toBe(1);
    expect(readOutput().status).toBe('failed');
    expect(imageStatuses()).toEqual(['cfs', 's', 's']);
    const summary = summaryOf(result);
    expect(summary).toContain('\n  stores   1 failed   2 skipped\n');
    expect(summary).toContain('\n  stopped  by --fail-fast\n');
    expect(summary).toMatch(
      /\n {2}correct {2}imgjob run --reuse m\.json .* --fail-fast -o out\.json\n/,
    );
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
  });

  it('lets images that run be finished', async () => {
    const path = write([[bad()], [good('1x1?ms=400'), good('2x2')]]);
    await run(['--fail-fast', '-o', 'out.json', path]);
    expect(imageStatuses()).toEqual(['f', 'cs']);
  });

  it('stops when more have failed than are allowed, and not before', async () => {
    const path = write([[bad()], [bad()], [good('1x1')]]);
    const args = [...FAIL_FAST, '--allow-failures'];
    expect((await run([...args, '1', path])).code).toBe(1);
    expect(statuses()).toEqual(['failed', 'failed', 'skipped']);
    expect((await run([...args, '2', path])).code).toBe(0);
    expect(statuses()).toEqual(['failed', 'failed', 'completed']);
  });

  it('stops its own job, not the others', async () => {
    const stops = stopping();
    const other = runs.workspace.write('good.json', goodManifest('good', 20));
    await run(['--fail-fast', '-o', 'r/', stops, other]);
    expect(readOutput('r/good.results.json').status).toBe('completed');
  });
});

describe('after --fail-fast', () => {
  it('a plain resume fetches nothing: the job has ended', async () => {
    await run([...FAIL_FAST, stopping()]);
    runs.server.requests.length = 0;
    const { code, stderr } = await imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(1);
    expect(stderr).toContain('(--retry-failed does failed stores again)');
    expect(statuses()).toEqual(['failed', 'skipped', 'skipped']);
    expect(requested()).toEqual([]);
  });

  it('a resume that retries does the failed and the skipped stores', async () => {
    await run([
      ...FAIL_FAST,
      write([[good('1x1'), at('/gate')], [good('3x3')]]),
      '--timeout',
      '1s',
      '--retries',
      '0',
    ]);
    expect(imageStatuses()).toEqual(['cf', 's']);
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const args = ['resume', 'spring-audit', '--retry-failed', '--timeout', '5s', '-o', 'out.json'];
    expect((await imgjob(args)).code).toBe(0);
    expect(imageStatuses()).toEqual(['cc', 'c']);
    expect(requested()).toEqual(['/gate', '/png/3x3']);
  });

  it('it stops again at a failure, unless --no-fail-fast', async () => {
    await run([...FAIL_FAST, stopping()]);
    const args = ['resume', 'spring-audit', '--retry-failed', '-o', 'out.json'];
    expect((await imgjob(args)).code).toBe(1);
    expect(statuses()).toEqual(['failed', 'skipped', 'skipped']);
    expect((await imgjob([...args, '--no-fail-fast'])).code).toBe(1);
    expect(statuses()).toEqual(['failed', 'completed', 'completed']);
  });

  it('a run starts over', async () => {
    await run([...FAIL_FAST, stopping()]);
    const { stderr } = await run(['-o', 'out.json', stopping()]);
    expect(stderr).toContain('has run before (failed) and starts over');
    expect(statuses()).toEqual(['failed', 'completed', 'completed']);
  });
});

describe('--keep-going', () => {
  it('works on the images after one that failed; the store fails', async () => {
    const path = write([[bad(), good('1x1'), at('/status/410'), good('2x2')], [good('3x3')]]);
    const { code, stderr } = await run(['--keep-going', '-o', 'out.json', path]);
    expect(code).toBe(1);
    expect(imageStatuses()).toEqual(['fcfc', 'c']);
    expect(readOutput().errors).toEqual([
      { store_id: 'S1', error: `image 1 of 4 (${bad()}): 404 Not Found; 1 more failed` },
    ]);
    expect(stderr).toContain('\n  images   3 completed   2 failed\n');
  });

  it('counts stores for --allow-failures, not images', async () => {
    const path = write([[bad(), bad(), bad()], [good('3x3')]]);
    const args = ['--keep-going', '--allow-failures', '1', '-o', 'out.json', path];
    expect((await run(args)).code).toBe(0);
    expect(readOutput().status).toBe('failed');
  });

  it('with --fail-fast a store that failed does not go on', async () => {
    const args = ['--keep-going', ...FAIL_FAST];
    await run([...args, write([[bad(), good('1x1'), good('2x2')], [good('3x3')]])]);
    expect(statuses()).toEqual(['failed', 'skipped']);
  });

  it('with --fail-fast what is left of a store that was at work is said to be that', async () => {
    const slow = at('/flaky/3?of=keep-going');
    const path = write([
      [bad(), slow, good('1x1'), good('2x2')],
      [good('3x3'), at('/status/410')],
    ]);
    const args = ['--retries', '3', '--retry-delay', '1s', '-o', 'out.json', '--junit', 'j.xml'];
    const { stderr } = await run(['--keep-going', '--fail-fast', ...args, path]);
    expect(imageStatuses()[0]).toMatch(/^fcss$/);
    expect(stderr).toContain('stopped  by --fail-fast');
    expect(stderr).toMatch(/correct {2}imgjob run --reuse m\.json .*--keep-going/);
    const junit = readFileSync(runs.workspace.path('j.xml'), 'utf8');
    expect(junit.match(/<skipped>the job was stopped at a failed store</g)).toHaveLength(2);
    const { stdout } = await imgjob(['explain', 'spring-audit']);
    expect(stdout).not.toContain('after a failed image of');
  });

  it('ends with a resume that says --no-keep-going', async () => {
    await run(['--keep-going', '-o', 'out.json', write([[bad(), bad(), bad()]])]);
    expect(imageStatuses()).toEqual(['fff']);
    const args = ['resume', 'spring-audit', '--retry-failed', '--no-keep-going', '-o', 'out.json'];
    await imgjob(args);
    expect(imageStatuses()).toEqual(['fss']);
  });
});

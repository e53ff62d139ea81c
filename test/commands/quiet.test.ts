import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;
const { imgjob, hangingManifest } = keptJobs(runs);

describe('--quiet', () => {
  const ONE_LINE = 'imgjob: spring-audit: 1 of 3 stores failed; results: out.json\n';
  const good = () => runs.workspace.write('m.json', goodManifest());
  const mixed = () => runs.workspace.write('m.json', mixedManifest());

  it('says nothing of a job that completed', async () => {
    const { code, stderr } = await run(['-q', '-o', 'out.json', good()]);
    expect([code, stderr]).toEqual([0, '']);
    const again = await run(['-q', '-o', 'out.json', good()]);
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it('says one line of a job that failed, and where its files are', async () => {
    const { code, stderr } = await run(['--quiet', '-o', 'out.json', mixed()]);
    expect([code, stderr]).toEqual([1, ONE_LINE]);
    const more = await run([
      '-q',
      '-o',
      'out.json',
      '--summary',
      's.md',
      '--allow-failures',
      '1',
      mixed(),
    ]);
    expect([more.code, more.stderr]).toEqual([
      0,
      'imgjob: spring-audit: 1 of 3 stores failed; allowed: yes, by --allow-failures 1; results: out.json; summary: s.md\n',
    ]);
    const stopped = await run([
      ...['-q', '--fail-fast', '-c', '1', '--no-state', '-o', 'out.json'],
      runs.workspace.write('m.json', {
        ...{ job_id: 'spring-audit' },
        stores: ['/status/404', '/png/1x1', '/png/1x1'].map((path, index) => ({
          ...{ store_id: `S${index}`, images: [at(path)] },
        })),
      }),
    ]);
    expect(stopped.stderr).toBe(
      'imgjob: spring-audit: 1 of 3 stores failed, 2 skipped; stopped: by --fail-fast; results: out.json\n',
    );
  });

  it('still warns', async () => {
    const path = runs.workspace.write('m.json', { ...goodManifest(), colour: 1 });
    const { stderr } = await run(['-q', '-o', 'out.json', path]);
    expect(stderr).toMatch(/^imgjob: warning: \S*m\.json: ignored unknown fields: colour\n$/);
  });

  it('still says what is wrong', async () => {
    const { code, stderr } = await run(['-q', '-o', 'no/such/out.json', mixed()]);
    expect(code).toBe(3);
    expect(stderr).toContain('the folder does not exist');
  });

  it('still says how to go on with a job that was interrupted', async () => {
    const path = runs.workspace.write('m.json', hangingManifest());
    const { code, stderr } = await run(['-q', '--progress', 'lines', '-o', 'out.json', path], {
      onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
    });
    expect(code).toBe(130);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      'stopped by SIGINT; go on with: imgjob resume spring-audit -o out.json',
    );
    expect(stderr).not.toContain('  images ');
  });

  it('shows the progress that the command line asks for, without a summary', async () => {
    const { stderr } = await run(['-q', '--progress', 'lines', '-o', 'out.json', mixed()]);
    expect(stderr.split('\n')).toEqual([
      'spring-audit  3 stores, 5 images, 50 at once',
      expect.stringMatching(/^S0002 failed: /),
      ONE_LINE.trimEnd(),
      '',
    ]);
  });

  it('leaves out the progress of the environment', async () => {
    const options = { env: { IMGJOB_PROGRESS: 'lines' } };
    expect((await run(['-q', '-o', 'out.json', mixed()], options)).stderr).toBe(ONE_LINE);
    const json = { env: { IMGJOB_PROGRESS: 'json' } };
    expect((await run(['-q', '-o', 'out.json', mixed()], json)).stderr).toMatch(/stores failed;/);
  });

  it('holds for resume as well', async () => {
    await run(['-q', '-o', 'out.json', mixed()]);
    const { code, stderr } = await imgjob(['resume', 'spring-audit', '-q', '-o', 'out.json']);
    expect([code, stderr]).toEqual([1, ONE_LINE]);
  });
});

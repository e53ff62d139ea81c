import { beforeEach, describe, expect, it } from 'vitest';
import type { ImgjobError } from '../../src/errors.ts';
import { readManifests } from '../../src/manifest/read-all.ts';
import { locateState } from '../../src/state/locate.ts';
import { openResults } from '../../src/state/open-results.ts';
import { unknownJob } from '../../src/state/unknown-job.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { imgjob } = keptJobs(runs);
const path = (name: string) => runs.workspace.path(name);
const state = () => locateState(runs.workspace.state, { IMGJOB_STATE_DIR: runs.workspace.state });

/** One job is kept, its manifest and its results are files; another has only a manifest. */
beforeEach(async () => {
  const stores = [{ store_id: 'S0031', images: ['http://127.0.0.1:9/a.png?key=hush'] }];
  runs.workspace.write('m.json', { job_id: 'spring-audit', stores });
  runs.workspace.write('other.json', { job_id: 'autumn-audit', stores });
  runs.workspace.write('nameless.csv', 'store_id,url\nS1,http://127.0.0.1:9/a.png\n');
  await runs.run(['--retries', '0', '-q', '-o', 'out.json', 'm.json']);
});

const LIST = 'imgjob status lists all jobs.';
const hintOf = async (failing: Promise<unknown>) =>
  failing.then(
    () => 'nothing failed',
    (error: ImgjobError) => error.hint,
  );

describe('what is no job leads to one', () => {
  it('by a name near it, or by the file that it is', async () => {
    const on = async (name: string) => (await unknownJob(state(), name, 'resume')).hint;
    expect(await on('spring-aud')).toBe(`Did you mean spring-audit? ${LIST}`);
    expect(await on('SPRING-AUDTI')).toBe(`Did you mean spring-audit? ${LIST}`);
    expect(await on('nothing')).toBe(LIST);
    const own = 'its job is spring-audit. Call: imgjob resume spring-audit';
    expect(await on(path('m.json'))).toBe(`That is a manifest: ${own}`);
    expect(await on(path('out.json'))).toBe(`That is a results file: ${own}`);
    expect(await on(path('other.json'))).toBe(
      `That is a manifest: its job is autumn-audit, which is not kept here. To run it: imgjob run ${path('other.json')}`,
    );
    const nameless = `That is a manifest without a job_id. ${LIST}`;
    expect(await on(path('nameless.csv'))).toBe(nameless);
  });

  it('where results are asked for, too', async () => {
    const from = { command: 'explain', state, stdin: () => process.stdin };
    const on = (name: string) => hintOf(openResults(name, from));
    const own = 'its job is spring-audit. Call: imgjob explain spring-audit';
    expect(await on(path('m.json'))).toBe(`That is a manifest: ${own}`);
    expect(await on(path('out.jso'))).toBe(`Did you mean ${path('out.json')}?`);
    expect(await on('sprinng-audit')).toBe(`Did you mean spring-audit? ${LIST}`);
  });

  it('and what is no manifest to one', async () => {
    const how = { format: 'auto', job_id: null, stdin: () => process.stdin } as const;
    expect(await hintOf(readManifests([path('oter.json')], how))).toBe(
      `Did you mean ${path('other.json')}?`,
    );
    expect(await hintOf(readManifests([path('none/oter.json')], how))).toBeUndefined();
  });

  it('as it is said at a terminal: one line, and one on what to do', async () => {
    const said = async (...words: string[]) => {
      const { code, stdout, stderr } = await imgjob(words);
      expect([code, stdout]).toEqual([2, '']);
      return stderr.split('\n');
    };
    expect(await said('resume', 'm.json')).toEqual([
      'imgjob: there is no job m.json',
      '  That is a manifest: its job is spring-audit. Call: imgjob resume spring-audit',
      '',
    ]);
    expect(await said('run', 'spring-audit')).toEqual([
      "imgjob: can't read spring-audit: no such file",
      '  That is a job. To go on with it: imgjob resume spring-audit',
      '',
    ]);
    expect((await said('list'))[1]).toMatch(/^ {2}Did you mean status\? /);
    expect((await said('retry', 'spring-audit'))[1]).toMatch(/mean resume --retry-failed\? /);
    expect((await said('explain', 'spring-audit', 'S031'))[1]).toBe('  Did you mean S0031?');
    expect((await said('explain', 'spring-audit', '127.0.0.1:9/a.png'))[1]).toBe(
      '  Did you mean http://127.0.0.1:9/a.png?…?',
    );
  });
});

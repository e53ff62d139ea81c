import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { identifySelf } from '../../src/process-identity.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;

describe('imgjob rm', () => {
  it('removes jobs', async () => {
    await kept.interrupt();
    expect((await imgjob(['rm', 'SPRING-audit'])).code).toBe(0);
    expect((await imgjob(['status', '--json'])).stdout).toBe('[]\n');
    expect((await imgjob(['results', 'spring-audit'])).code).toBe(2);
  });

  it('removes none where one is not there', async () => {
    await kept.interrupt();
    expect((await imgjob(['rm', 'spring-audit', 'autumn'])).code).toBe(2);
    expect(kept.has('spring-audit')).toBe(true);
  });
});

describe('what killed processes have left', () => {
  it('is swept by prune, of any job: what never started, and what was half made', async () => {
    await runs.run(['-o', 'o.json', runs.workspace.write('m.json', runs.goodManifest('good'))]);
    const state = (path: string) => join(runs.workspace.state, path);
    mkdirSync(state('jobs/20261126-135907-853c'));
    writeFileSync(state('jobs/20261126-135907-853c/manifest.json'), '{}');
    writeFileSync(state('jobs/good/manifest.new'), '{}');
    mkdirSync(state('jobs/.removed-1-1'));
    const maker = { ...(await identifySelf()), pid: 99_999_999, token: 'x' };
    writeFileSync(state('locks/good.lock.0123456789abcdef'), JSON.stringify(maker));
    const { code, stderr } = await imgjob(['prune', '--older-than', '1d']);
    expect([code, stderr]).toEqual([0, '0 jobs removed\n']);
    expect(readdirSync(state('jobs'))).toEqual(['good']);
    expect(readdirSync(state('jobs/good')).sort()).toEqual(['journal.ndjson', 'manifest.json']);
    expect(readdirSync(state('locks'))).toEqual([]);
  });
});

describe('imgjob prune', () => {
  beforeEach(async () => {
    await kept.interrupt();
    for (const job_id of ['old', 'new']) {
      const path = runs.workspace.write('m2.json', runs.goodManifest(job_id));
      await runs.run(['-o', 'out2.json', path]);
    }
    kept.writeJournal('old', kept.journal('old').replaceAll(/"20\d\d-/g, '"2020-'));
    kept.writeJournal(
      'spring-audit',
      kept.journal('spring-audit').replaceAll(/"20\d\d-/g, '"2020-'),
    );
  });

  it('with --dry-run only says what it would remove', async () => {
    const { stdout, stderr } = await imgjob(['prune', '--older-than', '30d', '--dry-run']);
    expect({ stdout, stderr }).toEqual({ stdout: 'old\n', stderr: '1 job would be removed\n' });
    expect(kept.has('old')).toBe(true);
  });

  it('removes what finished so long ago; interrupted jobs stay, however old', async () => {
    const { code, stdout, stderr } = await imgjob(['prune', '--older-than', '30d']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'old\n',
      stderr: '1 job removed\n',
    });
    expect(['old', 'new', 'spring-audit'].map((job_id) => kept.has(job_id))).toEqual([
      ...[false, true, true],
    ]);
  });

  it.each([[[]], [['--older-than', '30']], [['--older-than', 'x']]])(
    'needs an age with its unit (%j)',
    async (args) => {
      expect((await imgjob(['prune', ...args])).code).toBe(2);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { BEFORE, manifestOf, reuseRuns } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { at } = runs;
const { runWith } = reuseRuns(runs, kept);

describe('run --retry-failed', () => {
  it('does what had failed again, and what that had stopped', async () => {
    await runWith(BEFORE, []);
    const { asked, code } = await runWith(BEFORE, ['--retry-failed']);
    expect(asked).toEqual(['/status/404']);
    expect(code).toBe(1);
  });

  it('is the step of a CI that is pressed again: failures, then all of it when all is done', async () => {
    const stores = { S1: ['/png/1x1'], S2: ['/gate'] };
    gate.isOpen = false;
    const first = await runWith(stores, ['--retry-failed', '--timeout', '300ms']);
    expect(first.code).toBe(1);
    gate.isOpen = true;
    const second = await runWith(stores, ['--retry-failed', '--timeout', '2s']);
    expect(second.asked).toEqual(['/gate']);
    expect(second.code).toBe(0);
    const third = await runWith(stores, ['--retry-failed', '--timeout', '2s']);
    expect(third.asked).toEqual(['/gate', '/png/1x1']);
  });

  it('goes on with a job that was interrupted', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const path = runs.workspace.path('m.json');
    const { code } = await runs.run(['--retry-failed', '-o', 'out.json', path]);
    expect(code).toBe(0);
    expect(kept.requested().sort()).toEqual(['/gate', '/png/5x5']);
  });

  it('of several manifests is one step: what has completed fetches nothing', async () => {
    const good = runs.workspace.write('a.json', manifestOf({ S1: ['/png/1x1'] }, at, 'a'));
    const bad = runs.workspace.write('b.json', manifestOf({ S1: ['/status/404'] }, at, 'b'));
    await runs.run(['-o', 'out/', good, bad]);
    runs.server.requests.length = 0;
    const { code } = await runs.run(['--retry-failed', '-o', 'out/', good, bad]);
    expect(code).toBe(1);
    expect(kept.requested()).toEqual(['/status/404']);
  });

  it('is refused where the manifest has changed, and names the ways out', async () => {
    await runWith(BEFORE, []);
    const { code, stderr } = await runWith({ S1: ['/png/9x9'] }, ['--retry-failed']);
    expect(code).toBe(2);
    expect(stderr).toContain('has changed since the job began');
    expect(stderr).toContain('--reuse');
  });
});

describe('what failed', () => {
  it('is to be tried again, and corrected first where no other attempt can change it', async () => {
    const stores = { S1: ['/status/404'], S2: ['/status/500'] };
    const both = await runWith(stores, []);
    expect(both.stderr).toMatch(/\n {2}correct .* --reuse .*\n {2}retry .* --retry-failed/);
    const { stderr } = await runWith({ S1: ['/status/500'] }, []);
    expect(stderr).toMatch(/\n {2}retry .* --retry-failed/);
    expect(stderr).not.toContain('--reuse');
  });

  it('is done again by the manifest as it was, which is said where that has changed', async () => {
    await runWith({ S1: ['/png/1x1', '/status/404'] }, []);
    runs.workspace.write('m.json', manifestOf({ S1: ['/png/1x1', '/png/2x2'] }, at));
    const { stderr, code } = await kept.imgjob(['resume', 'job', '--retry-failed']);
    expect(code).toBe(1);
    const [, command = ''] = /m\.json has changed .*: imgjob (run .*)\n/.exec(stderr) ?? [];
    const again = await kept.imgjob([...command.split(' '), '-o', 'out.json']);
    expect([again.code, kept.readOutput().summary.images.reused]).toEqual([0, 1]);
  });
});

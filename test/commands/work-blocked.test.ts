import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runShell } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

/** Blocks in the system, as a driver can: no thread can be ended there. */
function blockingWork(): string {
  execFileSync('mkfifo', [runs.workspace.path('p')]);
  return runs.workspace.write(
    'work.mjs',
    `import { readFileSync } from 'node:fs'; export default () => readFileSync('p', 'utf8');`,
  );
}

describe.skipIf(process.platform === 'win32')('work that blocks for ever', () => {
  it('costs its image, and does not hold the process: that ends by a signal', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 3));
    const args = ['--work', blockingWork(), '--work-timeout', '1s', '-o', 'out.json', path];
    const { code, stderr } = await runs.run(args);
    expect(code).toBe(null);
    expect(stderr).toContain("did not end well: its thread can't be ended: something in it blocks");
    expect(kept.readOutput().summary.images).toMatchObject({ failed: 1, skipped: 2 });
  });

  it('does not hold a run that is stopped', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 3));
    const { stdout } = await runShell(
      `imgjob run --work ${blockingWork()} --progress json -o out.json ${path} 2> err & child=$!
       until grep -q image_started err; do sleep 0.05; done; sleep 0.5
       kill -INT $(pgrep -P $child); wait $child; echo "code $?"`,
      { cwd: runs.workspace.folder },
    );
    expect(stdout).toBe('code 130\n');
    expect(kept.readOutput().status).toBe('ongoing');
  });
});

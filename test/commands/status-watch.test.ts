import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BIN, runShell } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const PROGRAM = `${process.execPath} ${BIN}`;

describe('imgjob status --watch', () => {
  it('draws the job in place, again and again, until it no longer runs', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { stdout, code } = await runShell(
      `imgjob run --sleep 0 --progress none -o out.json ${path} 2> run.log & 
       until grep -qs 4x4 "$IMGJOB_STATE_DIR/jobs/spring-audit/journal.ndjson"; do sleep 0.05; done
       (sleep 5; kill -INT $(pgrep -P $!)) &
       script -qec "stty rows 20 cols 100; ${PROGRAM} status spring-audit --watch" /dev/null`,
      { cwd: runs.workspace.folder, env: { TERM: 'xterm', SHELL: '/bin/bash', LANG: 'C.UTF-8' } },
    );
    expect(code).toBe(0);
    const pictures = stdout.split(/\u001b\[\d+A\u001b\[J/);
    expect(pictures.length).toBeGreaterThanOrEqual(3);
    for (const picture of pictures.slice(0, -1)) expect(picture).toContain('running');
    expect(pictures.at(-1)).toContain('interrupted');
  });
});

describe('imgjob status --watch in a pipe', () => {
  it('says a line when something has changed, at most one every 5 s, and how it ended', async () => {
    const stores = [
      { store_id: 'S', images: Array.from({ length: 9 }, () => runs.at('/png/1x1')) },
    ];
    const path = runs.workspace.write('m.json', { job_id: 'slow', stores });
    const { stdout } = await runShell(
      `imgjob run --sleep 900ms --progress none -o out.json ${path} 2> run.log &
       until grep -qs image_finished "$IMGJOB_STATE_DIR/jobs/slow/journal.ndjson"; do sleep 0.05; done
       imgjob status --watch > all.txt & imgjob status slow --watch; wait`,
      { cwd: runs.workspace.folder },
    );
    const all = readFileSync(runs.workspace.path('all.txt'), 'utf8');
    // In front of the table of all jobs, once none goes on any more.
    expect(all).toMatch(
      /^running {2}slow {2}\d\/9 images(?:.*\n\w+ {2}slow {2}\d\/9 images){0,2}.*\njob +status .*\nslow +completed /,
    );
    const [first, ...rest] = stdout.split('\n');
    expect(first).toMatch(/^running {2}slow {2}\d\/9 images/);
    const running = rest.filter((line) => line.startsWith('running'));
    expect(running.length).toBeLessThanOrEqual(2);
    expect(rest[running.length]).toMatch(/^completed {2}slow {2}9 images in /);
  });

  it('says nothing twice', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { stdout } = await runShell(
      `imgjob run --sleep 0 --progress none -o out.json ${path} 2> run.log & run=$!
       until grep -qs 4x4 "$IMGJOB_STATE_DIR/jobs/spring-audit/journal.ndjson"; do sleep 0.05; done
       (sleep 7; kill -INT $(pgrep -P $run)) & imgjob status spring-audit --watch`,
      { cwd: runs.workspace.folder },
    );
    expect(stdout.match(/^running/gm)).toHaveLength(1);
    expect(stdout).toContain('\ninterrupted  spring-audit');
  });

  it('ends with its reader', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { stdout } = await runShell(
      `imgjob run --sleep 0 --progress none -o out.json ${path} 2> run.log & run=$!
       until grep -qs 4x4 "$IMGJOB_STATE_DIR/jobs/spring-audit/journal.ndjson"; do sleep 0.05; done
       (sleep 2; kill -INT $(pgrep -P $run)) &
       timeout 10 ${PROGRAM} status spring-audit --watch | head -1; echo "code \${PIPESTATUS[0]}"`,
      { cwd: runs.workspace.folder },
    );
    expect(stdout).toMatch(/^running {2}spring-audit .*\ncode 0\n$/);
  });
});

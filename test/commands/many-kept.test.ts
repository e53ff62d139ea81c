import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BIN, runNode } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;

describe('5,000 kept jobs', () => {
  const CPU = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();console.error('cpu',user+system)})`;

  /** Processor time of a list, in milliseconds: the least of some. */
  async function listed(): Promise<{ ms: number; lines: number }> {
    let ms = Number.POSITIVE_INFINITY;
    let lines = 0;
    for (let round = 0; round < 3; round += 1) {
      const { stdout, stderr } = await runNode(['--import', CPU, BIN, 'status'], {
        cwd: runs.workspace.folder,
      });
      ms = Math.min(ms, Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000);
      lines = stdout.trimEnd().split('\n').length;
    }
    return { ms, lines };
  }

  it('are listed in a few times what one takes', async () => {
    await runs.run(['-o', 'o.json', runs.workspace.write('m.json', runs.goodManifest('good', 30))]);
    const journal = kept.journal('good');
    const one = await listed();
    for (let number = 0; number < 5000; number += 1) {
      const job_id = `job-${number}`;
      mkdirSync(`${runs.workspace.state}/jobs/${job_id}`);
      kept.writeJournal(job_id, journal.replaceAll('"job_id":"good"', `"job_id":"${job_id}"`));
    }
    const many = await listed();
    expect([one.lines, many.lines]).toEqual([2, 5002]);
    // Seven to ten were measured.
    expect(many.ms / one.ms).toBeLessThan(12);
  }, 120_000);
});

describe('jobs whose id was made up', () => {
  it('stay until they are pruned, as others', async () => {
    const { stores } = runs.goodManifest();
    const path = runs.workspace.write('m.json', { stores });
    for (let run = 0; run < 3; run += 1) await runs.run(['-o', 'out.json', path]);
    const jobs: { job_id: string }[] = JSON.parse((await imgjob(['status', '--json'])).stdout);
    expect(jobs).toHaveLength(3);
    for (const { job_id } of jobs) {
      kept.writeJournal(job_id, kept.journal(job_id).replaceAll(/"20\d\d-/g, '"2020-'));
    }
    const { stdout, stderr } = await imgjob(['prune', '--older-than', '30d']);
    expect(stdout.trimEnd().split('\n').sort()).toEqual(jobs.map(({ job_id }) => job_id).sort());
    expect(stderr).toBe('3 jobs removed\n');
    expect((await imgjob(['status', '--json'])).stdout).toBe('[]\n');
  });
});

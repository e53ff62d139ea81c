import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { readOutput, requested } = kept;
const imgjob = (...args: string[]) => kept.imgjob(args);

describe('imgjob resume', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)(
    'goes on where %s stopped the job: nothing that has a result is fetched again',
    async (signal) => {
      await kept.interrupt(signal);
      gate.isOpen = true;
      runs.server.requests.length = 0;
      const { code, stderr } = await imgjob('resume', 'spring-audit', '-o', 'out.json');
      expect(code).toBe(0);
      expect(requested()).toEqual(['/gate', '/png/5x5']);
      expect(stderr).toContain('spring-audit  goes on: 4 of 6 images done');
      const { status, summary, stores } = readOutput();
      expect(status).toBe('completed');
      expect(summary.images).toMatchObject({ completed: 6, pending: 0 });
      expect(summary.attempts).toBe(6);
      expect(stores.map((store) => store.images.map(({ width }) => width))).toEqual([
        [1, 2],
        [3, 4, 4, 5],
      ]);
    },
  );

  it('goes on under the options the job had, but for those that are given', async () => {
    await kept.interrupt('SIGKILL', ['-c', '7', '--timeout', '50s']);
    gate.isOpen = true;
    await imgjob('resume', 'spring-audit', '--timeout', '40s', '-o', 'out.json');
    const resumed = kept
      .journal('spring-audit')
      .split('\n')
      .find((line) => line.includes('job_resumed'));
    expect(JSON.parse(resumed ?? '')).toMatchObject({
      retry_failed: false,
      options: { timeout_ms: 40_000 },
    });
    await imgjob('run', '--sleep', '0', '-o', 'out.json', runs.workspace.path('m.json'));
  });

  it('takes no option of a resumed job from the environment', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    await runCli(['resume', 'spring-audit', '-o', 'out.json'], {
      cwd: runs.workspace.folder,
      env: { IMGJOB_SLEEP: '5s', IMGJOB_STATE_DIR: runs.workspace.state },
    });
    expect(kept.journal('spring-audit')).toContain('"retry_failed":false,"options":{},');
  });

  it('of a job that has ended writes its results and fetches nothing', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    await runs.run(['-o', 'out.json', path]);
    const written = readFileSync(runs.workspace.path('out.json'), 'utf8');
    runs.server.requests.length = 0;
    const { code, stdout, stderr } = await imgjob('resume', 'spring-audit');
    expect(code).toBe(1);
    expect(stdout).toBe(written);
    expect(stderr).toContain('spring-audit has ended: nothing is fetched');
    expect(requested()).toEqual([]);
  });

  it('with --retry-failed does failed stores again, from their failed image on', async () => {
    const manifest = {
      job_id: 'spring-audit',
      stores: [
        { store_id: 'S1', images: [runs.at('/png/1x1'), runs.at('/gate'), runs.at('/png/2x2')] },
        { store_id: 'S2', images: [runs.at('/png/3x3'), runs.at('/status/404')] },
        { store_id: 'S3', images: [runs.at('/png/6x6')] },
      ],
    };
    const path = runs.workspace.write('m.json', manifest);
    await runs.run(['--timeout', '300ms', '-o', 'out.json', path]);
    expect(readOutput().summary.stores).toMatchObject({ completed: 1, failed: 2 });
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const { code } = await imgjob('resume', 'spring-audit', '--retry-failed', '-o', 'out.json');
    expect(code).toBe(1);
    expect(requested().sort()).toEqual(['/gate', '/png/2x2', '/status/404']);
    const { summary, errors } = readOutput();
    expect(summary.stores).toMatchObject({ completed: 2, failed: 1 });
    expect(summary.images).toMatchObject({ completed: 5, failed: 1, skipped: 0 });
    expect(errors).toHaveLength(1);
  });

  it.each([
    ['resume', 'nothing'],
    ['results', 'nothing'],
    ['status', 'nothing'],
    ['rm', 'nothing'],
    ['resume', '../jobs'],
    ['rm', '../jobs'],
    ['rm', '../../x'],
    ['rm', '..'],
    ['rm', ''],
  ])('%s refuses a job that is not there (%s)', async (command, job_id) => {
    const { code, stdout, stderr } = await imgjob(command, job_id);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`there is no job ${job_id}`);
    expect(stderr).toContain('imgjob status');
  });
});

describe('a damaged journal', () => {
  it('is reported with the number of its line, and that image is done again', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const lines = kept.journal('spring-audit').split('\n');
    const damaged = lines.findIndex((line) => line.includes('/png/3x3'));
    kept.writeJournal('spring-audit', lines.with(damaged, '\0garbage').join('\n'));
    runs.server.requests.length = 0;
    const { code, stderr } = await imgjob('resume', 'spring-audit', '-o', 'out.json');
    expect(code).toBe(0);
    expect(stderr).toContain(`1 line of the journal can't be read (${damaged + 1})`);
    expect(requested()).toEqual(['/png/3x3', '/gate', '/png/5x5']);
    expect(readOutput().summary.images.completed).toBe(6);
  });

  it('of a job that had ended makes it one that was interrupted: all but that image is kept', async () => {
    gate.isOpen = true;
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    await runs.run(['-o', 'out.json', path]);
    const lines = kept.journal('spring-audit').split('\n');
    const damaged = lines.findIndex((line) => line.includes('/png/3x3'));
    kept.writeJournal('spring-audit', lines.with(damaged, 'x').join('\n'));
    expect((await imgjob('status')).stdout).toContain('interrupted');
    expect((await runs.run([path])).code).toBe(2);
    runs.server.requests.length = 0;
    expect((await runs.run(['--resume', '-o', 'out.json', path])).code).toBe(0);
    expect(requested()).toEqual(['/png/3x3']);
  });

  it('of an unknown version is refused, and starts over only when told to', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const older = kept.journal('spring-audit');
    kept.writeJournal('spring-audit', older.replace('"schema_version":1', '"schema_version":7'));
    const newer = kept.journal('spring-audit');
    const path = runs.workspace.path('m.json');
    for (const args of [
      ['resume', 'spring-audit'],
      ['results', 'spring-audit'],
      ['run', path],
    ]) {
      const { code, stdout, stderr } = await imgjob(...args);
      expect(code).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toContain('its version is 7, this imgjob knows version 1');
    }
    expect(kept.journal('spring-audit')).toBe(newer);
    expect((await runs.run(['--force', '-o', 'out.json', path])).code).toBe(0);
  });

  it('with options that none can have can’t be read, and nothing comes of them', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const whole = kept.journal('spring-audit');
    for (const [option, other] of [
      ['"concurrency":50', '"concurrency":1000000000'],
      ['"work_concurrency":null', '"work_concurrency":1000000000'],
      ['"retries":2', '"retries":1e300'],
      ['"user_agent":null', '"user_agent":"a\\r\\nb"'],
      ['"deny_hosts":[]', '"deny_hosts":["http://localhost"]'],
    ] as const) {
      expect(whole).toContain(option);
      kept.writeJournal('spring-audit', whole.replace(option, other));
      runs.server.requests.length = 0;
      const { code, stdout, stderr } = await imgjob('resume', 'spring-audit');
      expect({ code, stdout }, other).toEqual({ code: 3, stdout: '' });
      expect(stderr).toContain("can't read the journal: line 1 is damaged");
      expect(requested()).toEqual([]);
    }
  });

  it('whose later options none can have goes on with those of before', async () => {
    await kept.interrupt();
    gate.isOpen = true;
    const t = new Date().toISOString();
    const options = { deny_hosts: ['127.0.0.1'], concurrency: 1e9 };
    const resumed = {
      t,
      type: 'job_resumed',
      job_id: 'spring-audit',
      retry_failed: false,
      options,
    };
    const text = `${kept.journal('spring-audit')}${JSON.stringify(resumed)}\n`;
    kept.writeJournal('spring-audit', text);
    const { code, stderr } = await imgjob('resume', 'spring-audit', '-o', 'out.json');
    expect(code).toBe(0);
    expect(stderr).toContain("1 line of the journal can't be read");
    expect(readOutput().summary.images.completed).toBe(6);
  });
});

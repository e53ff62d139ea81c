import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultsHeadSchema, resultsSchema } from '../../src/results/results-schema.ts';
import { type CliResult, runShell } from '../support/cli.ts';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;

/** What some commands say while the job runs, and who runs it. */
async function whileItRuns(...commands: string[][]): Promise<{ said: CliResult[]; pid: number }> {
  const path = runs.workspace.write('m.json', kept.hangingManifest());
  let said: Promise<CliResult[]> = Promise.resolve([]);
  let pid = 0;
  await runs.run(['--progress', 'json', '-o', 'out.json', path], {
    onStart: kept.whenItHangs((child) => {
      pid = child.pid ?? 0;
      said = Promise.all(commands.map((args) => imgjob(args))).finally(() => child.kill('SIGINT'));
    }),
  });
  return { said: await said, pid };
}

describe('imgjob status of a job', () => {
  it('shows it live while another process runs it', async () => {
    const { said, pid } = await whileItRuns(['status', 'spring-audit']);
    expect(said[0]?.code).toBe(0);
    expect(said[0]?.stdout).toMatch(/^running {2}spring-audit {2}4 of 6 images in /);
    expect(said[0]?.stdout).toContain('  stores   1 completed   1 ongoing\n');
    expect(said[0]?.stdout).toContain(`  runner   pid ${pid} on `);
    expect(said[0]?.stderr).toBe('');
  });

  it('as JSON is the results document without the stores, with runner, rate and eta_ms', async () => {
    const { said, pid } = await whileItRuns(['status', 'spring-audit', '--json']);
    const status = JSON.parse(said[0]?.stdout ?? '');
    expect(Object.keys(status)).toEqual([
      ...Object.keys(resultsHeadSchema.shape).filter((key) => key !== 'errors'),
      ...['runner', 'rate', 'eta_ms', 'errors'],
    ]);
    expect(status).toMatchObject({ status: 'ongoing', runner: { pid, host: expect.any(String) } });
    const { runner, rate, eta_ms, ...head } = status;
    expect(resultsHeadSchema.parse(head)).toEqual(head);
  });

  it('with --full has the stores too, as the results have them', async () => {
    await kept.interrupt('SIGINT');
    const { stdout } = await imgjob(['status', 'spring-audit', '--json', '--full']);
    const { runner, rate, eta_ms, ...document } = JSON.parse(stdout);
    expect({ runner, rate, eta_ms }).toEqual({ runner: null, rate: null, eta_ms: null });
    expect(resultsSchema.parse(document)).toEqual(
      parseResults(readFileSync(runs.workspace.path('out.json'), 'utf8')),
    );
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'that was stopped by %s is interrupted, and says how to go on',
    async (signal) => {
      await kept.interrupt(signal);
      const { stdout } = await imgjob(['status', 'spring-audit']);
      expect(stdout).toMatch(/^interrupted {2}spring-audit {2}4 of 6 images in /);
      expect(stdout).toContain('  resume   imgjob resume spring-audit\n');
      expect(stdout).not.toContain('runner');
    },
  );

  it('that has failed shows why', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    await runs.run(['-o', 'out.json', path]);
    const { code, stdout } = await imgjob(['status', 'spring-audit']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^failed {2}spring-audit {2}4 of 5 images in /);
    expect(stdout).toContain('1 × http-status 404');
  });

  it.each([
    [['--full'], '--full is for the JSON of one job'],
    [['x', '--full'], '--full is for the JSON of one job'],
    [['--watch', '--json'], '--watch is for people'],
    [['x', '--watch', '--json'], '--watch is for people'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await imgjob(['status', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('the rate and the time to go', () => {
  it('come from the times of the events, of the last seconds and of this run', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 400));
    await runs.run(['-o', 'out.json', path]);
    // The same job as if it had done 100 images a second up to now, after a break of an hour.
    const events = kept
      .journal('good')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const now = Date.now();
    const [started, store, ...images] = events.slice(0, 302);
    const at = (ms: number) => new Date(now + ms).toISOString();
    const moved = [
      { ...started, t: at(-3_600_000) },
      { ...store, t: at(-3_600_000) },
      ...images.slice(0, 100).map((event) => ({ ...event, t: at(-3_599_000) })),
      { t: at(-2000), type: 'job_resumed', job_id: 'good', retry_failed: false, options: {} },
      ...images.slice(100).map((event, index) => ({ ...event, t: at(-2000 + index * 10) })),
    ];
    kept.writeJournal('good', moved.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const lock = join(runs.workspace.state, 'locks/good.lock');
    const record = { pid: 4711, host: 'elsewhere', namespace: '', started: null, token: 'x' };
    writeFileSync(lock, JSON.stringify(record));
    utimesSync(lock, now / 1000, now / 1000);
    const { stdout } = await imgjob(['status', 'good', '--json']);
    const { runner, rate, eta_ms } = JSON.parse(stdout);
    expect(runner).toEqual({ pid: 4711, host: 'elsewhere' });
    // 200 images in 2 s and the time until the program has started.
    expect(rate).toBeLessThanOrEqual(101);
    expect(rate).toBeGreaterThan(30);
    expect(eta_ms).toBeCloseTo(100_000 / rate, -2);
  });
});

describe('standard output', () => {
  it.runIf(process.platform === 'linux').each([['status'], ['status good'], ['results good']])(
    'that is full is exit 3 (%s)',
    async (command) => {
      const path = runs.workspace.write('good.json', runs.goodManifest('good'));
      await runs.run(['-o', 'out.json', path]);
      const { stdout, stderr } = await runShell(`imgjob ${command} > /dev/full; echo "code $?"`, {
        cwd: runs.workspace.folder,
      });
      expect(stdout).toBe('code 3\n');
      expect(stderr).toContain('no space left on the device');
    },
  );
});

describe('imgjob status', () => {
  it('is a table of all jobs, the newest first', async () => {
    await kept.interrupt();
    const path = runs.workspace.write('good.json', runs.goodManifest('good'));
    await runs.run(['-o', 'out.json', path]);
    const { code, stdout } = await imgjob(['status']);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['job', 'status', 'stores', 'images', 'started (UTC)', 'duration'],
      ['good', 'completed', '1', '2', expect.stringMatching(TIME), expect.stringMatching(/ s$/)],
      ['spring-audit', 'interrupted', '2', '6', expect.stringMatching(TIME), expect.anything()],
      [''],
    ]);
  });

  it('as JSON is a list with the same facts', async () => {
    const path = runs.workspace.write('good.json', runs.goodManifest('good'));
    await runs.run(['-o', 'out.json', path]);
    const { stdout } = await imgjob(['status', '--json']);
    const document = parseResults(readFileSync(runs.workspace.path('out.json'), 'utf8'));
    const { started_at, duration_ms } = document;
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{ job_id: 'good', status: 'completed', stores: 1, images: 2 },
        ...{ started_at, duration_ms, runner: null },
      },
    ]);
  });

  it('says who runs a job', async () => {
    const { said, pid } = await whileItRuns(['status', '--json'], ['status']);
    expect(JSON.parse(said[0]?.stdout ?? '')[0]).toMatchObject({
      status: 'ongoing',
      runner: { pid },
    });
    expect(said[1]?.stdout).toMatch(/spring-audit {2}running /);
  });

  it('of no jobs is an empty list', async () => {
    expect(await imgjob(['status', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await imgjob(['status'])).toMatchObject({ stdout: '', stderr: 'no jobs yet\n' });
  });

  it('names a job that can’t be read, and lists the others', async () => {
    await kept.interrupt();
    const path = runs.workspace.write('good.json', runs.goodManifest('good'));
    await runs.run(['-o', 'out.json', path]);
    kept.writeJournal('spring-audit', 'garbage\n');
    const { code, stdout, stderr } = await imgjob(['status']);
    expect(code).toBe(0);
    expect(stdout).toContain('good ');
    expect(stderr).toContain("imgjob: spring-audit: can't read the journal: line 1 is damaged");
  });
});

const TIME = /^20\d\d-\d\d-\d\d \d\d:\d\d$/;

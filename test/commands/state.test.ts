import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runShell } from '../support/cli.ts';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;

describe('the state folder', () => {
  it('holds the manifest as it was given and the events, for its user alone', async () => {
    const text = `${JSON.stringify(runs.mixedManifest(), null, 3)}\n\n`;
    const path = runs.workspace.write('m.json', text);
    await runs.run(['-o', 'out.json', path]);
    expect(kept.manifest('spring-audit')).toBe(text);
    const events = kept
      .journal('spring-audit')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: 'job_started', schema_version: 1, stores: 3 });
    expect(events.at(-2)).toMatchObject({ type: 'job_finished', status: 'failed' });
    expect(events.at(-1)).toMatchObject({ type: 'results_delivered' });
    expect(events.some(({ type }) => type === 'image_started')).toBe(false);
    expect(events.filter(({ type }) => type === 'image_finished')).toHaveLength(4);
    expect(statSync(runs.workspace.state).mode & 0o777).toBe(0o700);
    const files = readdirSync(join(runs.workspace.state, 'jobs/spring-audit'));
    expect(files.sort()).toEqual(['journal.ndjson', 'manifest.json']);
    expect(readdirSync(join(runs.workspace.state, 'locks'))).toEqual([]);
  });

  it('keeps an NDJSON manifest from standard input too, and goes on with it', async () => {
    const lines = kept.hangingManifest().stores.map((store) => JSON.stringify(store));
    await imgjob(
      [
        'run',
        '--manifest-format',
        'ndjson',
        '--job-id',
        'spring-audit',
        '--sleep',
        '0',
        '--progress',
        'json',
        '-o',
        'out.json',
        '-',
      ],
      { stdin: lines.join('\n'), onStart: kept.whenItHangs((child) => child.kill('SIGKILL')) },
    );
    gate.isOpen = true;
    const { code, stdout } = await imgjob(['resume', 'spring-audit']);
    expect(code).toBe(0);
    expect(parseResults(stdout).summary.images.completed).toBe(6);
  });

  it('is where --state-dir says, or IMGJOB_STATE_DIR, or XDG_STATE_HOME', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    const at = (name: string) => runs.workspace.path(name);
    const run = (args: string[], env: Record<string, string>) =>
      imgjob(['run', '--sleep', '0', '-o', 'out.json', ...args, path], { env });
    await run(['--state-dir', 'given'], { IMGJOB_STATE_DIR: at('variable') });
    await run([], { IMGJOB_STATE_DIR: at('variable'), XDG_STATE_HOME: at('xdg') });
    await run([], { IMGJOB_STATE_DIR: '', XDG_STATE_HOME: at('xdg') });
    for (const folder of ['given', 'variable', 'xdg/imgjob']) {
      expect(readdirSync(at(`${folder}/jobs`))).toEqual(['good']);
    }
  });

  it('that is elsewhere is named in the commands that are proposed', async () => {
    const { stderr } = await kept.interrupt('SIGINT', ['--state-dir', "it's here"]);
    expect(stderr).not.toContain('resume');
    const again = await runs.run(['--state-dir', "it's here", runs.workspace.path('m.json')]);
    expect(again.stderr).toContain(`imgjob resume spring-audit --state-dir 'it'\\''s here'`);
  });

  it('is not made by --no-state, nor by commands that only look', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    expect((await runs.run(['--no-state', '-o', 'out.json', path])).code).toBe(0);
    for (const args of [['status'], ['status', 'good'], ['results', 'good'], ['resume', 'good']]) {
      await imgjob(args);
    }
    expect(() => readdirSync(runs.workspace.state)).toThrow('ENOENT');
  });
});

describe('a state folder that can’t be written', () => {
  const unwritable = { IMGJOB_STATE_DIR: '/dev/null/state' };

  it('is a warning, and the job runs without', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    const { code, stdout, stderr } = await runs.run([path], { env: unwritable });
    expect(code).toBe(0);
    expect(parseResults(stdout).status).toBe('completed');
    expect(stderr).toContain(
      "imgjob: warning: can't write the state folder /dev/null/state: a part of the path is not a folder; the job can't be resumed\n",
    );
  });

  it('is an error with exit 3 when it was asked for, and nothing is fetched', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    runs.server.requests.length = 0;
    const { code, stdout, stderr } = await runs.run(['--state-dir', '/dev/null/state', path]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain("can't write the state folder");
    expect(runs.server.requests).toEqual([]);
  });

  it('is no reason to propose a resume', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const { stderr } = await runShell(
      `imgjob run --sleep 0 --timeout 5s -o out.json ${path} 2> err & child=$!
       until grep -q stores err; do sleep 0.05; done; sleep 0.3
       kill -INT $(pgrep -P $child); wait $child; cat err >&2`,
      { cwd: runs.workspace.folder, env: unwritable },
    );
    expect(stderr).toContain('stopped by SIGINT; run it again to start over');
  });
});

const isRoot = process.getuid?.() === 0 && process.platform === 'linux';

describe.runIf(isRoot)('a disk that fills up', () => {
  const disk = () => runs.workspace.path('disk');
  /** So many kilobytes of room. */
  function mount(kilobytes: number): boolean {
    mkdirSync(disk());
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', disk()]);
      return true;
    } catch {
      return false;
    }
  }
  afterEach(() => {
    try {
      execFileSync('umount', [disk()], { stdio: 'ignore' });
    } catch {
      // It was not mounted.
    }
  });

  it('stops the job cleanly; what has finished is written, and kept for a resume', async (context) => {
    if (!mount(96)) return context.skip();
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 400));
    const state = ['--state-dir', join(disk(), 'state')];
    const full = await runs.run([...state, '-o', 'out.json', path]);
    expect(full.code).toBe(3);
    expect(full.stderr).toContain("can't write the journal of good: no space left on the device");
    expect(full.stderr).toContain('imgjob resume good --state-dir');
    const first = parseResults(readFileSync(runs.workspace.path('out.json'), 'utf8'));
    expect(first.status).toBe('ongoing');
    expect(first.summary.images.completed).toBeGreaterThan(20);
    expect(first.stores[0]?.images.filter(({ status }) => status === 'completed')).toHaveLength(
      first.summary.images.completed,
    );

    execFileSync('mount', ['-o', 'remount,size=4m', disk()]);
    runs.server.requests.length = 0;
    const resumed = await imgjob(['resume', 'good', ...state, '-o', 'out.json']);
    expect(resumed.code).toBe(0);
    // The image whose line found no room is done again, and no other.
    const missing = 400 - runs.server.requests.length;
    expect(first.summary.images.completed - missing).toBeLessThanOrEqual(1);
    const second = parseResults(readFileSync(runs.workspace.path('out.json'), 'utf8'));
    expect(second.summary.images.completed).toBe(400);
  });

  it('before the start is a warning, and the job runs without', async (context) => {
    if (!mount(4)) return context.skip();
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 400));
    const env = { IMGJOB_STATE_DIR: disk() };
    const { code, stderr } = await runs.run(['-o', 'out.json', path], { env });
    expect(code).toBe(0);
    expect(stderr).toContain("the job can't be resumed");
  });
});

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, runProgram, runShell } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

/** What a person types, and what they are told to type. */

const runs = setUpRuns();
const kept = keptJobs(runs);

describe('a command that is printed', () => {
  it('works as it is typed, where the program has no name of its own', async () => {
    const env = { PATH: process.env.PATH ?? '' };
    const options = { cwd: runs.workspace.folder, env };
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    const args = [BIN, 'run', '--sleep', '0', '--progress', 'json', '-o', 'out.json', path];
    await runProgram(process.execPath, args, {
      ...options,
      onStart: kept.whenItHangs((child) => child.kill('SIGINT')),
    });
    const again = await runProgram(process.execPath, [...args.slice(0, -3), path], options);
    const [, command = ''] = /Go on with: (.*?) \(or run/.exec(again.stderr) ?? [];
    expect(command).toBe(`node ${BIN} resume spring-audit`);
    const resumed = await runProgram('bash', ['-c', `${command} --timeout 1s -q`], options);
    expect([resumed.code, JSON.parse(resumed.stdout).job_id]).toEqual([1, 'spring-audit']);
  });
});

describe('what a failed run says to do next', () => {
  it('works as it is typed, of a job that is kept and of a results file alone', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    for (const state of [[], ['--no-state']]) {
      const { stderr } = await runs.run([...state, '-o', 'my results.json', path]);
      const steps = [...stderr.matchAll(/^ {2}(explain|report|retry|correct) +(.*)$/gm)];
      expect(steps.map(([, name]) => name)).toEqual(
        state.length === 0 ? ['explain', 'report', 'correct', 'retry'] : ['explain', 'report'],
      );
      for (const [, name, command = ''] of steps) {
        const { code, stdout } = await runShell(command, { cwd: runs.workspace.folder });
        expect([command, code]).toEqual([command, name === 'correct' || name === 'retry' ? 1 : 0]);
        if (name === 'explain') expect(stdout).toContain('404 Not Found');
      }
    }
    const written = readdirSync(runs.workspace.folder);
    expect(written).toContain('spring-audit.html');
    expect(written).toContain('my results.html');
  });

  it('leaves out a report that is there, and what results that have gone by would take', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const { stderr } = await runs.run(['--report', 'r.html', '-o', 'o.json', path]);
    expect(stderr).toContain('\n  report   r.html\n  explain  imgjob explain spring-audit\n');
    expect(stderr).toMatch(
      /\n {2}correct .*run --reuse m\.json .*-o o\.json --report r\.html\n {2}retry .*\n$/,
    );
    const gone = await runs.run(['--no-state', path]);
    expect(gone.stderr).toMatch(/\n {2}results {2}standard output\n$/);
  });
});

describe('-H @FILE', () => {
  const headersSent = () => runs.server.requests.at(-1)?.headers;
  const manifest = () => runs.workspace.write('m.json', runs.goodManifest('good', 1));

  it('reads headers from a file, a line each', async () => {
    runs.workspace.write('headers', 'Authorization: Bearer s3cret\r\n\r\nX-Shelf: 12\n');
    const { code } = await runs.run([
      '-H',
      '@headers',
      '-H',
      'X-Own: 1',
      '-o',
      'o.json',
      manifest(),
    ]);
    expect(code).toBe(0);
    expect(headersSent()).toMatchObject({
      authorization: 'Bearer s3cret',
      'x-shelf': '12',
      'x-own': '1',
    });
  });

  it('names the line that is no header, and nothing of it', async () => {
    runs.workspace.write('headers', 'X-Shelf: 12\ns3cret\n');
    const { code, stderr } = await runs.run(['-H', '@headers', manifest()]);
    expect([code, stderr]).toEqual([2, "imgjob: headers:2: expected 'Name: value'\n"]);
  });

  it('is refused where there is no such file', async () => {
    const { code, stderr } = await runs.run(['-H', '@headers', manifest()]);
    expect([code, stderr]).toEqual([2, "imgjob: --header: can't read headers: no such file\n"]);
  });
});

describe('~/', () => {
  it('is the home folder in a variable, and after =', async () => {
    const home = runs.workspace.path('home');
    mkdirSync(home);
    writeFileSync(join(home, 'm.json'), JSON.stringify(runs.goodManifest('good', 1)));
    const env = { HOME: home, IMGJOB_STATE_DIR: '~/state' };
    const options = { cwd: runs.workspace.folder, env };
    const { code } = await runs.run(
      ['--report=~/r.html', '-o', 'o.json', join(home, 'm.json')],
      options,
    );
    expect(code).toBe(0);
    const { stdout } = await runProgram('ls', [home, join(home, 'state/jobs')], options);
    expect(stdout).toContain('r.html');
    expect(stdout).toContain('good');
  });
});

import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runShell } from '../support/cli.ts';
import { casesOf, readJunit, schemaErrors } from '../support/junit.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const { run, mixedManifest, goodManifest } = runs;
const kept = keptJobs(runs);

const written = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
const manifest = (name: string, content: unknown) => runs.workspace.write(name, content);

/** What became of each case, in a word. */
const outcomes = async (name: string) =>
  (await casesOf(written(name))).map(({ classname, failure, skipped }) => {
    if (failure.length > 0) return [classname, failure[0]?.message];
    return [classname, ...(skipped.length > 0 ? ['skipped'] : ['passed'])];
  });

describe('--junit', () => {
  it('is written beside the results, whole and valid, and named in the summary', async () => {
    const path = manifest('m.json', mixedManifest());
    const { code, stderr } = await run(['-o', 'out.json', '--junit', 'out.xml', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('  results  out.json\n');
    expect(stderr).toContain('  junit    out.xml\n');
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json', 'out.json', 'out.xml']);
    expect(await schemaErrors(written('out.xml'))).toEqual([]);
    const { summary } = kept.readOutput();
    expect(await readJunit(written('out.xml'))).toMatchObject({
      name: 'spring-audit',
      tests: summary.images.total,
      failures: summary.images.failed,
    });
    expect(await outcomes('out.xml')).toEqual([
      ['S0001', 'passed'],
      ['S0001', 'passed'],
      ['S0002', 'passed'],
      ['S0002', 'http-status: 404 Not Found'],
      ['S0002', 'skipped'],
    ]);
  });

  it('has a failure for each failed image with --keep-going', async () => {
    const images = ['/status/404', '/png/1x1', '/status/410'].map(runs.at);
    const path = manifest('m.json', { stores: [{ store_id: 'S1', images }] });
    await run(['--keep-going', '-o', 'out.json', '--junit', 'out.xml', path]);
    expect(await outcomes('out.xml')).toEqual([
      ['S1', 'http-status: 404 Not Found'],
      ['S1', 'passed'],
      ['S1', 'http-status: 410 Gone'],
    ]);
  });

  it('may go with results on standard output', async () => {
    const path = manifest('m.json', goodManifest());
    const { code, stdout } = await run(['--junit', 'standard output', path]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).job_id).toBe('good');
    expect(await outcomes('standard output')).toHaveLength(2);
  });

  it('is a file for each of several manifests in a folder', async () => {
    const paths = [manifest('a.json', goodManifest('a')), manifest('b.json', goodManifest('b', 3))];
    const { code } = await run(['-o', 'results/', '--junit', 'reports/junit/', ...paths]);
    expect(code).toBe(0);
    expect(readdirSync(runs.workspace.path('reports/junit')).sort()).toEqual([
      'a.junit.xml',
      'b.junit.xml',
    ]);
    expect(await outcomes('reports/junit/a.junit.xml')).toHaveLength(2);
    expect(await readJunit(written('reports/junit/b.junit.xml'))).toMatchObject({ name: 'b' });
  });
});

describe('--junit that can’t be written at the end', () => {
  it('is exit 3, and the results are there all the same', async () => {
    const path = manifest('m.json', goodManifest());
    const { code, stderr } = await run(['-o', 'out.json', '--junit', '/dev/full', path]);
    expect(code).toBe(3);
    expect(stderr).toContain('to /dev/full: no space left on the device');
    expect(stderr).not.toContain('  junit  ');
    expect(kept.readOutput().status).toBe('completed');
  });
});

describe('--junit is refused before anything is fetched', () => {
  it.each([
    ['the file that standard output goes to', 'imgjob run m.json --junit out > out'],
    ['/dev/stdout', 'imgjob run m.json --junit /dev/stdout | cat'],
  ])('in %s', async (_, script) => {
    manifest('m.json', goodManifest());
    const { code, stderr } = await runShell(script, { cwd: runs.workspace.folder });
    expect(code).toBe(2);
    expect(stderr).toContain('--junit needs a file: standard output is for the results');
    expect(kept.requested()).toEqual([]);
  });

  it.each([
    ['for standard output', ['--junit', '-'], '--junit needs a file'],
    ['without a path', ['--junit', ''], '--junit: the path is empty'],
    ['in the file of the results', ['--junit', 'out.json'], 'already written to: out.json'],
    ['in that file by another way', ['--junit', './x/../out.json'], 'already written to'],
    ['in that file through a link', ['--junit', 'link/out.json'], 'already written to'],
    ['in that file through a link to what is not there yet', ['--junit', 'to-out'], 'already'],
    ['in the file of the summary', ['--junit', 's', '--summary', 's'], 'already written to: s'],
    ['in the manifest', ['--junit', 'm.json'], 'would overwrite the manifest'],
  ])('%s', async (_, args, message) => {
    const path = manifest('m.json', goodManifest());
    symlinkSync('.', runs.workspace.path('link'));
    symlinkSync('out.json', runs.workspace.path('to-out'));
    const { code, stderr } = await run(['-o', 'out.json', ...args, path]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(kept.requested()).toEqual([]);
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['link', 'm.json', 'to-out']);
    expect(JSON.parse(written('m.json')).job_id).toBe('good');
  });

  it('for several manifests in one file', async () => {
    const paths = [manifest('a.json', goodManifest('a')), manifest('b.json', goodManifest('b'))];
    const { code, stderr } = await run(['-o', 'results/', '--junit', 'out.xml', ...paths]);
    expect(code).toBe(2);
    expect(stderr).toContain("several jobs can't share one file for --junit");
    expect(stderr).toContain('Use --junit out.xml/ for a folder');
    expect(kept.requested()).toEqual([]);
    expect(readdirSync(runs.workspace.path('results'))).toEqual([]);
  });

  it('with exit 3 where it can’t be written, and leaves nothing', async () => {
    const path = manifest('m.json', goodManifest());
    const { code, stderr } = await run(['-o', 'out.json', '--junit', 'no/such/out.xml', path]);
    expect(code).toBe(3);
    expect(stderr).toContain('no/such/out.xml: the folder does not exist');
    expect(kept.requested()).toEqual([]);
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json']);
  });
});

describe('--junit of a job that was interrupted', () => {
  /** Runs the job that hangs until it is asked for its hanging image, and stops it there. */
  const interrupt = (args: string[]) => {
    const stopIt = async (child: ChildProcess) => {
      while (child.exitCode === null && !kept.requested().includes('/gate')) await delay(10);
      child.kill('SIGINT');
    };
    return run(['-o', 'out.json', ...args, manifest('m.json', kept.hangingManifest())], {
      onStart: (child) => void stopIt(child),
    });
  };

  it('holds what had finished, and the command that goes on names it', async () => {
    const { code, stderr } = await interrupt(['--junit', 'my out.xml']);
    expect(code).toBe(130);
    expect(stderr).toContain(
      "go on with: imgjob resume spring-audit -o out.json --junit 'my out.xml'\n",
    );
    expect(await schemaErrors(written('my out.xml'))).toEqual([]);
    const cases = (await casesOf(written('my out.xml'))).slice(-4);
    expect(cases.map(({ skipped }) => skipped)).toEqual([
      [],
      [],
      ['not finished: the job was interrupted'],
      ['not finished: the job was interrupted'],
    ]);
  });

  it('is whole after a resume, asked for at first or not', async () => {
    await interrupt([]);
    expect(existsSync(runs.workspace.path('f.xml'))).toBe(false);
    gate.isOpen = true;
    const { code } = await kept.imgjob([
      'resume',
      'spring-audit',
      ...['-o', 'out.json', '--junit', 'f.xml'],
    ]);
    expect(code).toBe(0);
    const passed = [...Array(2).fill(['S1', 'passed']), ...Array(4).fill(['S2', 'passed'])];
    expect(await outcomes('f.xml')).toEqual(passed);
  });

  it('is written again for a job that has ended, and nothing is fetched', async () => {
    await run(['-o', 'out.json', manifest('m.json', mixedManifest())]);
    runs.server.requests.length = 0;
    await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json', '--junit', 'f.xml']);
    expect(kept.requested()).toEqual([]);
    expect(await readJunit(written('f.xml'))).toMatchObject({ tests: 5, failures: 1 });
  });
});

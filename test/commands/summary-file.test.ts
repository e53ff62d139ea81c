import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { rendered } from '../support/rendered.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const { run, mixedManifest, goodManifest } = runs;
const { imgjob, requested, hangingManifest, whenItHangs } = keptJobs(runs);

const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
const mixed = () => runs.workspace.write('m.json', mixedManifest());

describe('--summary FILE', () => {
  it('holds the job as Markdown, and is named in the summary on the terminal', async () => {
    const { code, stdout, stderr } = await run(['--summary', 's.md', '-o', 'out.json', mixed()]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('\n  results  out.json\n  summary  s.md\n');
    const { text, tables } = rendered(read('s.md'));
    expect(text).toMatch(/^❌ spring-audit failed\n4 of 5 images in /);
    expect(tables[0]?.slice(1)).toEqual([
      ['stores', '3', '2', '1', '0', '0'],
      ['images', '5', '3', '1', '1', '0'],
    ]);
  });

  it('takes the place of an older one, with nothing beside it', async () => {
    runs.workspace.write('s.md', 'old');
    await run(['--summary', 's.md', '-o', 'out.json', mixed()]);
    expect(read('s.md')).not.toContain('old');
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json', 'out.json', 's.md']);
  });

  it('leaves standard output to the results', async () => {
    const { stdout } = await run(['--summary', 's.md', mixed()]);
    expect(JSON.parse(stdout).job_id).toBe('spring-audit');
    expect(existsSync(runs.workspace.path('s.md'))).toBe(true);
  });

  it('of several jobs is a folder with a file for each', async () => {
    const paths = ['a', 'b'].map((id) => runs.workspace.write(`${id}.json`, goodManifest(id)));
    expect((await run(['-o', 'r/', '--summary', 'r/', ...paths])).code).toBe(0);
    expect(readdirSync(runs.workspace.path('r')).sort()).toEqual([
      ...['a.results.json', 'a.summary.md', 'b.results.json', 'b.summary.md'],
    ]);
    expect(read('r/b.summary.md')).toContain('<code>b</code> completed');
  });

  it('of several jobs is no single file', async () => {
    const paths = ['a', 'b'].map((id) => runs.workspace.write(`${id}.json`, goodManifest(id)));
    const { code, stderr } = await run(['-o', 'r/', '--summary', 's.md', ...paths]);
    expect(code).toBe(2);
    expect(stderr).toContain("several jobs can't share one file for --summary");
    expect(stderr).toContain('Use --summary s.md/ for a folder');
    expect(requested()).toEqual([]);
  });

  it('that can’t be written is exit 3 before anything is fetched', async () => {
    const { code, stderr } = await run(['--summary', 'no/such/s.md', '-o', 'out.json', mixed()]);
    expect(code).toBe(3);
    expect(stderr).toContain('no/such/s.md: the folder does not exist');
    expect(requested()).toEqual([]);
    expect(readdirSync(runs.workspace.folder)).toEqual(['m.json']);
  });

  it('that turns out to be full is exit 3, and the results are there all the same', async () => {
    const { code, stderr } = await run(['--summary', '/dev/full', '-o', 'out.json', mixed()]);
    expect(code).toBe(3);
    expect(stderr).toContain('/dev/full: no space left on the device');
    expect(JSON.parse(read('out.json')).status).toBe('failed');
  });

  it.each([
    ['-', [], '--summary needs a file: standard output is for the results'],
    ['', [], '--summary: the path is empty'],
    ['out.json', [], '--summary names a file that is already written to: out.json'],
    ['./x/../out.json', [], 'already written to'],
    ['j.xml', ['--junit', 'j.xml'], '--summary names a file that is already written to: j.xml'],
    ['m.json', [], 'would overwrite the manifest m.json'],
  ])('%j %j is exit 2 and starts nothing', async (path, more, message) => {
    const args = ['--summary', path, ...more, '-o', 'out.json', mixed()];
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(requested()).toEqual([]);
    expect(readdirSync(runs.workspace.folder)).toEqual(['m.json']);
  });
});

describe('the summary of an interrupted run', () => {
  it('is written, and the command that goes on asks for it again', async () => {
    const path = runs.workspace.write('m.json', hangingManifest());
    const args = ['--progress', 'lines', '--summary', 'my summary.md', '-o', 'out.json', path];
    const { code, stderr } = await run(args, {
      onStart: (child) => child.stderr?.once('data', () => child.kill('SIGTERM')),
    });
    expect(code).toBe(143);
    expect(read('my summary.md')).toContain('### ⏸️ <code>spring-audit</code> interrupted');
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      "stopped by SIGTERM; go on with: imgjob resume spring-audit -o out.json --summary 'my summary.md'",
    );
    gate.isOpen = true;
    const resumed = ['resume', 'spring-audit', '-o', 'out.json', '--summary', 'my summary.md'];
    expect((await imgjob(resumed)).code).toBe(0);
    expect(read('my summary.md')).toContain('### ✅ <code>spring-audit</code> completed');
  });

  it('counts what has no end as pending', async () => {
    const path = runs.workspace.write('m.json', hangingManifest());
    await run(['--progress', 'json', '--summary', 's.md', '-o', 'out.json', path], {
      onStart: whenItHangs((child) => child.kill('SIGTERM')),
    });
    expect(rendered(read('s.md')).tables[0]?.slice(1)).toEqual([
      ['stores', '2', '1', '0', '0', '1'],
      ['images', '6', '4', '0', '0', '2'],
    ]);
  });
});

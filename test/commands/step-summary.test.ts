import { readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { rendered } from '../support/rendered.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
/** The variables of a step of GitHub Actions whose summary is `step.md`. */
const step = (more: Record<string, string> = {}) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_WORKSPACE: runs.workspace.folder,
  GITHUB_STEP_SUMMARY: runs.workspace.path('step.md'),
  ...more,
});
const runStep = (args: string[], more: Record<string, string> = {}) =>
  run(args, { env: step(more) });

describe('the summary of the step', () => {
  it('is appended to what is there', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    runs.workspace.write('step.md', 'from before');
    await runStep(['-o', 'out.json', '--summary', 'own.md', path]);
    expect(read('step.md')).toBe(`from before\n${read('own.md')}`);
    expect(read('own.md')).toMatch(/^### ❌ <code>spring-audit<\/code> failed\n/);
  });

  it('is written without GITHUB_ACTIONS too, of all jobs in the order of the manifests', async () => {
    const paths = [
      runs.workspace.write('b.json', {
        job_id: 'b',
        stores: [{ store_id: 'S', images: [at('/png/1x1?ms=200')] }],
      }),
      runs.workspace.write('a.json', goodManifest('a')),
    ];
    await runStep(['-o', 'results/', ...paths], { GITHUB_ACTIONS: '' });
    expect(read('step.md').match(/^###.*$/gm)).toEqual([
      '### ✅ <code>b</code> completed',
      '### ✅ <code>a</code> completed',
    ]);
  });

  it('is there once where --summary names the same file', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { GITHUB_STEP_SUMMARY } = step();
    const args = ['-o', 'out.json', '--summary', GITHUB_STEP_SUMMARY, path];
    await runStep(args);
    expect(read('step.md').match(/###/g)).toHaveLength(1);
  });

  it.each([
    ['--junit', 'step.md'],
    ['--report', 'step.md'],
    ['--summary', 'link.md'],
  ])('is left out where %s writes to that file, whatever its name there', async (option, name) => {
    const path = runs.workspace.write('m.json', goodManifest());
    runs.workspace.write('step.md', '');
    symlinkSync('step.md', runs.workspace.path('link.md'));
    await runStep(['-o', 'out.json', option, name, path]);
    expect(read('step.md').match(/###/g) ?? []).toHaveLength(option === '--summary' ? 1 : 0);
    expect(read('step.md')).not.toBe('');
  });

  it('says that failures are allowed', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    await runStep(['-o', 'out.json', '--allow-failures', '50%', path]);
    expect(rendered(read('step.md')).prose).toContain(
      'Failures allowed: yes, by --allow-failures 50%',
    );
  });

  it('stops where GitHub would show nothing of it any more', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    runs.workspace.write('step.md', `${'x'.repeat(999_990)}\n`);
    await runStep(['-o', 'out.json', path]);
    expect(read('step.md').slice(999_990)).toBe('\n\n\nNot shown, for want of room: 1 of 1 jobs\n');
  });

  it('that can’t be written is a warning, also when quiet, and changes no exit code', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const GITHUB_STEP_SUMMARY = runs.workspace.path('no/such/step.md');
    const { code, stderr } = await runStep(['-q', '-o', 'out.json', path], {
      GITHUB_STEP_SUMMARY,
    });
    expect(code).toBe(0);
    expect(stderr).toBe(
      "imgjob: warning: can't write to GITHUB_STEP_SUMMARY: the folder does not exist\n",
    );
  });

  it('is nothing where the variable is empty', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { code, stderr } = await runStep(['-q', '-o', 'out.json', path], {
      GITHUB_STEP_SUMMARY: '',
    });
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('imgjob resume as a step', () => {
  it('tells of the whole job, without places: it has no manifest of a path', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    await run(['-o', 'out.json', path]);
    const env = step();
    const args = ['resume', 'spring-audit', '-o', 'out.json'];
    const { stderr } = await runCli(args, { cwd: runs.workspace.folder, env });
    expect(stderr).toContain('\n::error title=S0002 failed::image 2 of 3');
    expect(read('step.md')).toContain('### ❌ <code>spring-audit</code> failed');
  });
});

describe('imgjob demo', () => {
  it('tells GitHub nothing: its failure is meant', async () => {
    runs.workspace.write('step.md', '');
    const env = step();
    const { code, stderr } = await runCli(['demo'], { cwd: runs.workspace.folder, env });
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/^::/m);
    expect(read('step.md')).toBe('');
  });
});

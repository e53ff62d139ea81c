import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { runCli, runNode } from '../support/cli.ts';
import { pageOf } from '../support/readme.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const root = fileURLToPath(new URL('../..', import.meta.url));
const [work = '', program = '', runnerProgram = ''] = [
  ...`${pageOf('work')}${pageOf('library')}`.matchAll(/^```js\n([\s\S]*?)^```$/gm),
].map(([, code]) => code);
const [completed = ''] = [
  ...pageOf('library').matchAll(/^```json\n(\{\n {2}"\$schema"[\s\S]*?)^```$/gm),
].map(([, code]) => code);

/** The test's folder, as a project that has these packages. */
function install(...names: string[]): void {
  mkdirSync(runs.workspace.path('node_modules'), { recursive: true });
  for (const name of names) {
    const target = name === 'imgjob' ? root : `${root}/node_modules/${name}`;
    symlinkSync(target, runs.workspace.path(`node_modules/${name}`));
  }
}

const manifest = (...paths: string[]) => ({
  job_id: 'readme',
  stores: [{ store_id: 'S1', images: paths.map(runs.at) }],
});

describe('what the pages say of programs and modules', () => {
  it('shows the module that is among the fixtures, and it does what is said of it', async () => {
    const fixture = `${root}/fixtures/work/dominant-color.mjs`;
    expect(readFileSync(fixture, 'utf8')).toBe(work);
    install('sharp');
    runs.workspace.write('dominant-color.mjs', work);
    runs.workspace.write('manifest.json', manifest('/png/8x6'));
    const { code, stdout, stderr } = await runCli(
      ['run', 'manifest.json', '--work', './dominant-color.mjs'],
      { cwd: runs.workspace.folder },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { stores } = resultsSchema.parse(JSON.parse(stdout));
    expect(stores[0]?.images[0]?.output).toEqual({ color: 'rgb(120, 120, 120)', opaque: true });
  });

  it('shows a program that runs', async () => {
    install('imgjob');
    runs.workspace.write('program.mjs', program);
    runs.workspace.write('manifest.json', manifest('/png/8x6'));
    const { code, stdout, stderr } = await runNode(['program.mjs'], {
      cwd: runs.workspace.folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${runs.at('/png/8x6')} { bytes_per_pixel: `);
    expect(stdout).toMatch(/completed \{\s+total: 1,\s+completed: 1,/);
  });

  it('shows a program with a runner of its own, whose jobs are kept', async () => {
    install('imgjob');
    runs.workspace.write('program.mjs', runnerProgram);
    runs.workspace.write('monday.json', { ...manifest('/png/8x6'), job_id: 'monday' });
    runs.workspace.write('tuesday.json', { ...manifest('/status/404'), job_id: 'tuesday' });
    const { code, stdout, stderr } = await runNode(['program.mjs'], {
      cwd: runs.workspace.folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('monday completed 1\ntuesday failed 0\n');
    const status = await runCli(['status', '--json'], { cwd: runs.workspace.folder });
    expect(JSON.parse(status.stdout)).toHaveLength(2);
  });

  it('shows a manifest with its schema, which is one', async () => {
    const { code } = await runCli(['validate', '-'], { stdin: completed });
    expect(code).toBe(0);
    const { $schema } = JSON.parse(completed);
    const path = $schema.replace('./node_modules/imgjob/', '');
    expect(JSON.parse(readFileSync(`${root}/${path}`, 'utf8')).title).toBe('imgjob manifest');
  });
});

import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { BIN, runNode } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const stripsTypes = (major === 22 && minor >= 18) || (major === 23 && minor >= 6) || major > 23;

beforeEach(() => {
  runs.workspace.write('package.json', { type: 'module' });
  const stores = [{ store_id: 'S1', images: [runs.at('/png/8x6')] }];
  runs.workspace.write('m.json', { job_id: 'spring-audit', stores });
});

function write(path: string, content: unknown): void {
  mkdirSync(dirname(runs.workspace.path(path)), { recursive: true });
  runs.workspace.write(path, content);
}

/** Runs it under these options of Node.js; answers the output of the image, or why there is none. */
async function outputOf(work: string, node: string[] = [], env: Record<string, string> = {}) {
  const args = ['run', 'm.json', '-o', 'out.json', '--work', work];
  const { code, stderr } = await runNode([...node, BIN, ...args], {
    ...{ cwd: runs.workspace.folder, env },
  });
  if (code !== 0) return stderr;
  return kept.readOutput().stores[0]?.images[0]?.output;
}

describe('a module in TypeScript', () => {
  beforeEach(() => {
    write('helper.ts', 'export const twice = (width: number): number => 2 * width;');
    write(
      'work.ts',
      "import { twice } from './helper.ts'; export default ({ width }: { width: number }): number => twice(width);",
    );
  });

  it('is taken where the Node.js that runs can, and a way is named where it can’t', async () => {
    const output = await outputOf('work.ts');
    if (stripsTypes) return expect(output).toBe(16);
    expect(output).toContain(
      `Node.js ${process.version} can't run TypeScript, 22.18 and newer can`,
    );
    return expect(output).toContain("NODE_OPTIONS='--import tsx'");
  });

  it.each([
    ['--import tsx', ['--import', 'tsx'], {}],
    ['NODE_OPTIONS', [], { NODE_OPTIONS: '--import=tsx' }],
  ])('is taken with %s', async (_, node, env) => {
    mkdirSync(runs.workspace.path('node_modules'));
    const installed = fileURLToPath(new URL('../../node_modules/tsx', import.meta.url));
    symlinkSync(installed, runs.workspace.path('node_modules/tsx'));
    expect(await outputOf('work.ts', node, env)).toBe(16);
  });
});

describe('what Node.js is told', () => {
  beforeEach(() => write('work.js', 'export default () => globalThis.told ?? null;'));

  it.each([
    ['--import', 'told.mjs'],
    ['--require', 'told.cjs'],
  ])('holds in threads: %s', async (option, name) => {
    write(name, "globalThis.told = 'told';");
    expect(await outputOf('work.js', [option, `./${name}`])).toBe('told');
    const { folder } = runs.workspace;
    expect(await outputOf('work.js', [], { NODE_OPTIONS: `${option} ${folder}/${name}` })).toBe(
      'told',
    );
  });

  it('holds nobody up that is for the whole process', async () => {
    expect(await outputOf('work.js', ['--max-old-space-size=500', '--title=work'])).toBeNull();
  });
});

describe('a package', () => {
  beforeEach(() => {
    const exported = {
      '.': { gpu: './gpu.js', import: './index.js' },
      './small': './small.js',
    };
    const own = { name: '@acme/phash', type: 'module', exports: exported };
    write('node_modules/@acme/phash/package.json', own);
    for (const name of ['index', 'gpu', 'small']) {
      write(`node_modules/@acme/phash/${name}.js`, `export default () => '${name}';`);
    }
    write('node_modules/old/package.json', { name: 'old', main: 'lib.js' });
    write(
      'node_modules/old/lib.js',
      "module.exports = () => 'old'; module.exports.concurrency = 2;",
    );
  });

  it.each([
    ['@acme/phash', [], 'index'],
    ['@acme/phash/small', [], 'small'],
    ['@acme/phash', ['--conditions', 'gpu'], 'gpu'],
    ['old', [], 'old'],
  ])('is taken by its name, as import has it: %s', async (name, node, output) => {
    expect(await outputOf(name, node)).toBe(output);
  });

  it('is looked for from the folder upwards, and found again by a resume from elsewhere', async () => {
    mkdirSync(runs.workspace.path('deep/er'), { recursive: true });
    const args = ['run', '../../m.json', '-o', 'out.json', '--work', '@acme/phash', '--debug'];
    const { code, stderr } = await kept.imgjob(args.slice(0, -1), {
      cwd: runs.workspace.path('deep/er'),
      env: { IMGJOB_STATE_DIR: runs.workspace.state },
    });
    expect({ code, warned: stderr.includes('Warning') }).toEqual({ code: 0, warned: false });
    expect(kept.readOutput('deep/er/out.json').stores[0]?.images[0]?.output).toBe('index');
    expect(kept.journal('spring-audit')).toContain('/node_modules/@acme/phash"');
  });

  it('that is not installed is said to be missing', async () => {
    expect(await outputOf('@acme/missing')).toContain('no such file, and no such package');
    expect(await outputOf('@acme/phash/large')).toContain(
      "Package subpath './large' is not defined",
    );
    expect(kept.requested()).toEqual([]);
  });

  it('gives way to a file of its name', async () => {
    write('node_modules/work.js/package.json', { name: 'work.js', main: 'lib.cjs' });
    write('node_modules/work.js/lib.cjs', "module.exports = () => 'package';");
    expect(await outputOf('work.js')).toBe('package');
    write('work.js', "export default () => 'file';");
    expect(await outputOf('work.js')).toBe('file');
  });
});

import { existsSync, readFileSync } from 'node:fs';
import * as module from 'node:module';
import { basename } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BIN, createWorkspace, runNode } from '../support/cli.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

/** Written by the process itself as it exits: its files, and what it took of Node.js. */
const HOOK = `process.on('exit', () => require('fs').writeFileSync('loaded.json', JSON.stringify({
  files: Object.keys(require.cache).slice(1),
  builtins: process.moduleLoadList,
})));`;

/** What a command loads: the files by name, and those of some modules of Node.js that take long. */
async function loadedBy(...args: string[]) {
  const hook = workspace.write('hook.cjs', HOOK);
  const { code } = await runNode(['--require', hook, BIN, ...args], { cwd: workspace.folder });
  expect(code).toBe(0);
  const text = readFileSync(workspace.path('loaded.json'), 'utf8');
  const { files, builtins }: { files: string[]; builtins: string[] } = JSON.parse(text);
  const slow = ['crypto', 'child_process', 'http', 'worker_threads'];
  return {
    files: files.map((path) => basename(path)),
    builtins: slow.filter((name) => builtins.includes(`NativeModule ${name}`)),
  };
}

describe('what a command does not need is not loaded', () => {
  it.each(['--version', '--help'])('by %s', async (option) => {
    expect(await loadedBy(option)).toEqual({ files: ['imgjob.js', 'main.cjs'], builtins: [] });
  });

  it('by a run that has nothing to fetch', async () => {
    workspace.write('empty.json', { stores: [] });
    const run = ['run', '-q', '-o', 'out.json', 'empty.json'];
    const files = ['imgjob.js', 'main.cjs', 'run.cjs'];
    expect(await loadedBy(...run)).toEqual({ files, builtins: [] });
  });

  it('by a check of a manifest that is right', async () => {
    workspace.write('empty.json', { stores: [] });
    const { files } = await loadedBy('validate', 'empty.json');
    expect(files).toEqual(['imgjob.js', 'main.cjs', 'commands.cjs', 'run.cjs']);
  });

  it('by what fetches images: what undici has for other ways of asking, and for tests', () => {
    const path = new URL('../../dist/cli/images.cjs', import.meta.url);
    expect(readFileSync(path, 'utf8')).not.toMatch(/MockAgent|RetryAgent|class WebSocket/);
  });
});

describe.skipIf(!('enableCompileCache' in module))('the cache of what was compiled', () => {
  const version = (home: string) =>
    runNode([BIN, '--version'], { cwd: workspace.folder, env: { HOME: home, XDG_CACHE_HOME: '' } });

  it('is the user’s own', async () => {
    await version(workspace.folder);
    expect(existsSync(workspace.path('.cache/imgjob'))).toBe(true);
  });

  it.each(['/proc', '/proc/none', '/dev/null', ''])('is left out with HOME=%s', async (home) => {
    expect(await version(home)).toMatchObject({ code: 0, stderr: '' });
  });
});

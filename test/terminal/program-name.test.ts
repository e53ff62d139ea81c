import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameFor } from '../../src/terminal/program-name.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'imgjob-name-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program at a path, and links to it. */
function install(path: string, ...links: string[]): void {
  make(path);
  for (const link of links) {
    mkdirSync(dirname(join(folder, link)), { recursive: true });
    symlinkSync(join(folder, path), join(folder, link));
  }
}

function make(path: string, text = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), 0o755);
}

const called = (script: string, env: Record<string, string> = {}) =>
  nameFor({ script: join(folder, script), cwd: folder, env });
const NPM = { npm_config_user_agent: 'npm/10.8.2 node/v20.20.0 linux x64' };

describe('a program is called again', () => {
  it('by its name, where that leads to it', () => {
    install('lib/imgjob/bin/imgjob.js', 'bin/imgjob');
    const PATH = `/nowhere:${join(folder, 'bin')}`;
    expect(called('bin/imgjob', { PATH })).toBe('imgjob');
    expect(called('lib/imgjob/bin/imgjob.js', { PATH })).toBe('imgjob');
    // A copy that npx has fetched is the same as far as it is the same file.
    expect(called('bin/imgjob', { PATH, ...NPM, npm_command: 'exec' })).toBe('imgjob');
  });

  it('not by its name, where that leads to another', () => {
    install('lib/imgjob/bin/imgjob.js');
    make('other/imgjob');
    expect(called('lib/imgjob/bin/imgjob.js', { PATH: join(folder, 'other') })).toBe(
      'node lib/imgjob/bin/imgjob.js',
    );
  });

  it('by its name, where a script of that name calls it, as pnpm writes them', () => {
    install('global/5/node_modules/imgjob/bin/imgjob.js');
    make(
      'imgjob',
      '#!/bin/sh\nexec node  "$basedir/global/5/node_modules/imgjob/bin/imgjob.js" "$@"',
    );
    const script = 'global/5/node_modules/imgjob/bin/imgjob.js';
    expect(called(script, { PATH: folder })).toBe('imgjob');
    make(
      'imgjob',
      '#!/bin/sh\nexec node  "$basedir/global/4/node_modules/imgjob/bin/imgjob.js" "$@"',
    );
    expect(called(script, { PATH: folder })).toBe(`node ${script}`);
  });

  // What each of them tells a program, as seen with npm 11, pnpm 9, Yarn 1 and 4, and Bun 1.
  it.each([
    ['npm/11.19.1 node/v20.20.2 linux x64', 'node_modules/.bin/imgjob', 'npx imgjob'],
    ['pnpm/9.15.9 npm/? node/v20.20.2', 'node_modules/imgjob/bin/imgjob.js', 'pnpm exec imgjob'],
    ['yarn/1.22.22 npm/? node/v20.20.2', 'node_modules/.bin/imgjob', 'yarn imgjob'],
    ['bun/1.4.5 npm/? node/v26.3.0', 'node_modules/.bin/imgjob', 'bunx imgjob'],
    ['npm/11.19.1 node/v20.20.2', '_npx/3f412f/node_modules/.bin/imgjob', 'npx imgjob'],
    ['pnpm/9.15.9 npm/?', 'dlx/y7vw/1a-79c2/node_modules/imgjob/bin/imgjob.js', 'pnpm dlx imgjob'],
    [
      'yarn/4.18.1 npm/?',
      'xfs-7/dlx-31/.yarn/cache/x.zip/node_modules/imgjob/bin/imgjob.js',
      'yarn dlx imgjob',
    ],
    ['bun/1.4.5 npm/?', 'bunx-0-imgjob@latest/node_modules/.bin/imgjob', 'bunx imgjob'],
  ])('by what runs packages (%s, %s)', (npm_config_user_agent, script, name) => {
    install('package/bin/imgjob.js', script);
    const PATH = dirname(join(folder, script));
    const env = { PATH, npm_config_user_agent };
    expect(called(script, PATH.endsWith('.bin') ? env : { npm_config_user_agent })).toBe(name);
    expect(called(script, { ...env, INIT_CWD: join(folder, 'below') })).toBe(name);
  });

  it('by its path, where a script of a package was started from outside of its project', () => {
    install('package/bin/imgjob.js', 'tools/node_modules/.bin/imgjob');
    const script = join(folder, 'tools/node_modules/.bin/imgjob');
    const call = (INIT_CWD: string) =>
      nameFor({ script, cwd: join(folder, 'tools'), env: { ...NPM, INIT_CWD } });
    expect(call(folder)).toBe('tools/node_modules/.bin/imgjob');
    expect(call(join(folder, 'tools'))).toBe('npx imgjob');
  });

  it('by Yarn, which runs it from a place of its own for all projects', () => {
    install('berry/cache/imgjob.zip/node_modules/imgjob/bin/imgjob.js');
    const script = join(folder, 'berry/cache/imgjob.zip/node_modules/imgjob/bin/imgjob.js');
    const env = { npm_config_user_agent: 'yarn/4.18.1 npm/?', PROJECT_CWD: join(folder, 'mine') };
    expect(nameFor({ script, cwd: join(folder, 'mine/below'), env })).toBe('yarn imgjob');
    expect(nameFor({ script, cwd: join(folder, 'other'), env })).toBe(`node ${script}`);
  });

  it.each([
    ['imgjob', 'npx imgjob'],
    ['imgjob@0.1.0', 'npx imgjob@0.1.0'],
    ['/tmp/it is.tgz', "npx -p '/tmp/it is.tgz' imgjob"],
  ])('by npx with what that was asked for (%s)', (spec, name) => {
    install('package/bin/imgjob.js', '_npx/3f/node_modules/.bin/imgjob');
    const text = JSON.stringify({ dependencies: {}, _npx: { packages: [spec] } }, null, 2);
    writeFileSync(join(folder, '_npx/3f/package.json'), text);
    expect(called('_npx/3f/node_modules/.bin/imgjob', NPM)).toBe(name);
  });

  it('by npx alone in the clone that npx found it in', () => {
    install('bin/imgjob.js', '_npx/3f/node_modules/.bin/imgjob');
    const text = JSON.stringify({ _npx: { packages: [folder] } });
    writeFileSync(join(folder, '_npx/3f/package.json'), text);
    expect(called('_npx/3f/node_modules/.bin/imgjob', NPM)).toBe('npx imgjob');
    expect(called('bin/imgjob.js', NPM)).toBe('node bin/imgjob.js');
  });

  it('by the path of an installed program', () => {
    install('node_modules/imgjob/bin/imgjob.js', 'node_modules/.bin/imgjob');
    expect(called('node_modules/.bin/imgjob')).toBe('node_modules/.bin/imgjob');
    const script = join(folder, 'node_modules/.bin/imgjob');
    const cwd = join(folder, 'node_modules/.bin');
    expect(nameFor({ script, cwd, env: {} })).toBe('./imgjob');
  });

  it('by Node.js and the path of a clone, from wherever it is', () => {
    install('bin/imgjob.js');
    expect(called('bin/imgjob.js')).toBe('node bin/imgjob.js');
    const script = join(folder, 'bin/imgjob.js');
    expect(nameFor({ script, cwd: join(folder, 'bin'), env: {} })).toBe('node imgjob.js');
    expect(nameFor({ script, cwd: '/', env: {} })).toBe(`node ${script.slice(1)}`);
    expect(nameFor({ script, cwd: '/usr/lib', env: {} })).toBe(`node ${script}`);
  });

  it('by a path that a shell takes for one word', () => {
    install("it's a clone/bin/imgjob.js");
    expect(called("it's a clone/bin/imgjob.js")).toBe(`node 'it'\\''s a clone/bin/imgjob.js'`);
  });
});

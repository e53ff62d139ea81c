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

function make(path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), '');
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

  it.each([
    ['npm/10.8.2 node/v20.20.0 linux x64', 'exec', 'npx imgjob'],
    ['npm/10.8.2 node/v20.20.0 linux x64', 'run-script', 'npx imgjob'],
    ['pnpm/9.1.0 npm/? node/v20.20.0', 'run-script', 'pnpm exec imgjob'],
    ['yarn/4.5.0 npm/? node/v20.20.0', 'run-script', 'yarn imgjob'],
  ])('by what runs packages (%s, %s)', (npm_config_user_agent, npm_command, name) => {
    install('node_modules/imgjob/bin/imgjob.js', 'node_modules/.bin/imgjob');
    const PATH = join(folder, 'node_modules/.bin');
    const env = { PATH, npm_config_user_agent, npm_command };
    expect(called('node_modules/.bin/imgjob', env)).toBe(name);
  });

  it('by the path of an installed program', () => {
    install('node_modules/imgjob/bin/imgjob.js', 'node_modules/.bin/imgjob');
    expect(called('node_modules/.bin/imgjob')).toBe('node_modules/.bin/imgjob');
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

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** The program under a Node.js that says it is of another version, and can as little. */
function under(version: string) {
  const preload = runs.workspace.write(
    'older.cjs',
    `const versions = { ...process.versions, node: '${version}' };
     Object.defineProperty(process, 'version', { value: 'v${version}' });
     Object.defineProperty(process, 'versions', { value: versions });
     ${version.startsWith('18') ? 'delete String.prototype.toWellFormed;' : ''}`,
  );
  return runCli(['--version'], { env: { NODE_OPTIONS: `--require ${preload}` } });
}

it.each(['18.20.8', '20.18.0', '20.9.5', '19.99.99'])(
  'Node.js %s is told to be too old, and nothing else',
  async (version) => {
    expect(engines.node).toBe('>=20.18.1');
    expect(await under(version)).toEqual({
      code: 3,
      stdout: '',
      stderr: `imgjob needs Node.js 20.18.1 or newer, this is v${version}\n`,
    });
  },
);

it.each(['20.18.1', '20.19.0', '21.0.0', '24.1.0'])('Node.js %s is new enough', async (version) => {
  expect((await under(version)).code).toBe(0);
});

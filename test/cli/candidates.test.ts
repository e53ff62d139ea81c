import { describe, expect, it } from 'vitest';
import { candidatesFor } from '../../src/cli/candidates.ts';
import { createProgram } from '../../src/cli/program.ts';

const program = createProgram(undefined, () => {});
const on = (line: string) => candidatesFor(program, line.split(' '));
const namesOn = (line: string) => on(line).values.map(([name]) => name);

describe('the words that fit', () => {
  it('are the commands first, each with what it does', () => {
    const commands = program.commands.map((command) => command.name());
    expect(namesOn('')).toEqual(commands);
    expect(namesOn('--debug st')).toEqual(commands);
    expect(namesOn('help ')).toEqual(expect.arrayContaining(['recipes', ...commands]));
    expect(on('').values[0]).toEqual(['run', 'run the jobs of one or more manifests']);
    expect(namesOn('-')).toEqual(['--version', '--debug', '--help']);
  });

  it('are the options of a command, in the spelling that was begun', () => {
    const long = namesOn('run m.json --');
    expect(long).toEqual(expect.arrayContaining(['--concurrency', '--reuse', '--no-state']));
    expect(long.every((name) => name.startsWith('--'))).toBe(true);
    expect(namesOn('run -')).toEqual(long);
    expect(namesOn('run -q')).toEqual(['-o', '-c', '-H', '-q', '-h']);
    expect(namesOn('run -- -')).toEqual([]);
  });

  it('are what an option can be', () => {
    const kinds = ['auto', 'bars', 'lines', 'json', 'none'];
    expect(namesOn('run --progress ')).toEqual(kinds);
    expect(namesOn('run --progress=b')).toEqual(kinds.map((kind) => `--progress=${kind}`));
    expect(namesOn('run --reuse=')).toEqual(['--reuse=url', '--reuse=path']);
    expect(namesOn('schema ')).toEqual(['manifest', 'results', 'event', 'results-line']);
  });

  it.each([
    ['run ', { rest: 'files', jobs: false }],
    ['run -c 5 -q a.json ', { rest: 'files', jobs: false }],
    ['run --fail-fast ', { rest: 'files', jobs: false }],
    ['run --reuse ', { rest: 'files', jobs: false }],
    ['run -o ', { rest: 'files', jobs: false }],
    ['run --report=', { rest: 'files', jobs: false }],
    ['run --save ', { rest: 'folders', jobs: false }],
    ['run -c ', { rest: 'none', jobs: false }],
    ['resume ', { rest: 'none', jobs: true }],
    ['resume a ', { rest: 'none', jobs: false }],
    ['rm a ', { rest: 'none', jobs: true }],
    ['explain ', { rest: 'files', jobs: true }],
    ['explain - ', { rest: 'none', jobs: false }],
    ['diff a ', { rest: 'files', jobs: true }],
    ['nothing ', { rest: 'none', jobs: false }],
    ['status --state-dir /srv ', { rest: 'none', jobs: true, stateDir: '/srv' }],
    ['status --state-dir=/srv ', { rest: 'none', jobs: true, stateDir: '/srv' }],
  ])('are found by a shell, or in the state folder: %j', (line, found) => {
    expect(on(line)).toEqual({ values: [], ...found });
  });

  it('are also those of a command that has just been added', () => {
    const whole = createProgram(undefined, () => {});
    whole.command('brand-new').option('--queue <folder>', 'of it').argument('<job-id>');
    const names = (line: string) =>
      candidatesFor(whole, line.split(' ')).values.map(([name]) => name);
    expect(names('brand')).toContain('brand-new');
    expect(names('brand-new --')).toEqual(['--queue', '--help']);
    expect(candidatesFor(whole, ['brand-new', '--queue', '']).rest).toBe('folders');
    expect(candidatesFor(whole, ['brand-new', '']).jobs).toBe(true);
  });
});

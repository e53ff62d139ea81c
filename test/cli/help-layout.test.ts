import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { asCalled, foldHelp, layOutHelp } from '../../src/cli/help-layout.ts';
import { addRun } from '../../src/cli/run.ts';
import { setProgramCall } from '../../src/terminal/program-name.ts';

const CALL = { script: '/a/node_modules/.bin/imgjob', cwd: '/a', env: {} };
afterEach(() => setProgramCall({ script: '', cwd: '', env: {} }));

describe('help', () => {
  it('has commands as they can be typed, and leaves words as they are', () => {
    setProgramCall({ ...CALL, env: { npm_config_user_agent: 'npm/11.19.1' } });
    const text = [
      'Usage: imgjob diff [options]',
      'What imgjob prints, as imgjob run does.',
      '  $ imgjob diff <(imgjob results --previous a) a    imgjob',
      '  $ make | imgjob run - > imgjob.json',
    ].join('\n');
    expect(asCalled(text).split('\n')).toEqual([
      'Usage: npx imgjob diff [options]',
      'What imgjob prints, as imgjob run does.',
      '  $ npx imgjob diff <(npx imgjob results --previous a) a    imgjob',
      '  $ make | npx imgjob run - > imgjob.json',
    ]);
  });

  it('breaks no word on a terminal, and leaves a command one that can be copied', () => {
    const text = [
      'Reads a page that is about results, recipes, CI, errors and more.',
      '  $ imgjob help                   list them all',
      '  $ imgjob help recipes | less    read about a topic',
      '  $ imgjob explain spring-audit --state-dir ~/jobs | less',
    ].join('\n');
    expect(foldHelp(text, null)).toBe(text);
    expect(foldHelp(text, 46).split('\n')).toEqual([
      'Reads a page that is about results, recipes,',
      'CI, errors and more.',
      '  $ imgjob help',
      '      list them all',
      '  $ imgjob help recipes | less',
      '      read about a topic',
      '  $ imgjob explain spring-audit \\',
      '    --state-dir ~/jobs | less',
    ]);
  });

  it('lists many options in groups, and those that nobody has put into one at the end', () => {
    const program = new Command('imgjob');
    layOutHelp(program);
    addRun(program, () => {});
    const [run] = program.commands;
    const headings = run
      ?.option('--brand-new')
      .helpInformation()
      .match(/^\S.*:$/gm);
    expect(headings?.slice(0, 3)).toEqual([
      'Arguments:',
      'What is done, and where results go:',
      'Time limits and further attempts:',
    ]);
    expect(run?.helpInformation()).toMatch(/^Options:\n {2}--brand-new *\n {2}-h, --help/m);
    expect(headings?.at(-1)).toBe('Options:');
  });
});

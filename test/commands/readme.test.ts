import { beforeAll, describe, expect, it } from 'vitest';
import type { Topic } from '../../src/help/topics.ts';
import { REASONS } from '../../src/results/reasons.ts';
import { FAULT_CODES } from '../../src/results/results-schema.ts';
import { runCli } from '../support/cli.ts';
import { pageOf } from '../support/readme.ts';
import { commandsOf, optionsOf, writtenCommands } from '../support/readme-commands.ts';

/** The help of each command, by its name; the program's own under ''. */
const help = new Map<string, string>();
beforeAll(async () => {
  help.set('', (await runCli(['--help'])).stdout);
  for (const name of commandsOf(help.get('') ?? '')) {
    help.set(name, (await runCli([name, '--help'])).stdout);
  }
});

function longOptionsOf(command: string): string[] {
  return optionsOf(help.get(command) ?? '').filter((name) => name.startsWith('--'));
}

/** The options that a page has in its tables. */
function optionsInTable(topic: Topic): string[] {
  return [...pageOf(topic).matchAll(/^\| `(?:-\w, )?(--[a-z-]+)[ `]/gm)].map(
    ([, name = '']) => name,
  );
}

describe('the pages', () => {
  it('explains every error code', () => {
    const table = [...pageOf('errors').matchAll(/^\| `([a-z][a-z-]+)` +\| /gm)].map(
      ([, code]) => code,
    );
    expect(table).toEqual([...FAULT_CODES]);
  });

  it('explains every reason, with its code', () => {
    const table = [...pageOf('errors').matchAll(/^\| `([a-z-]+)` `([a-z-]+)` \| \S/gm)];
    const expected = Object.entries(REASONS).flatMap(([code, reasons]) =>
      reasons.map((reason) => [code, reason]),
    );
    expect(table.map(([, code, reason]) => [code, reason])).toEqual(expected);
  });

  it('explains every option of imgjob run, and no other, in the order of its help', () => {
    const inHelp = longOptionsOf('run');
    const inTable = optionsInTable('options');
    // Every command has --help; --debug is written before the command.
    expect(inTable.filter((name) => name !== '--debug')).toEqual(
      inHelp.filter((name) => name !== '--help'),
    );
  });

  it('explains every option of imgjob serve that run has not, and no other', () => {
    const ofRun = new Set(longOptionsOf('run'));
    const inHelp = longOptionsOf('serve').filter((name) => !ofRun.has(name));
    const inTable = optionsInTable('serve').filter((name) => !ofRun.has(name));
    expect(inTable.toSorted()).toEqual(inHelp.toSorted());
  });

  it('mentions every command', () => {
    const mentioned = new Set(writtenCommands().map(({ command }) => command));
    const missing = [...help.keys()].filter((name) => name !== '' && !mentioned.has(name));
    expect(help.size).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  it.each(writtenCommands())('writes only what there is: $text', ({ command, options }) => {
    expect([...help.keys()]).toContain(command);
    const known = optionsOf(help.get(command) ?? '');
    expect(options.filter((option) => !known.includes(option))).toEqual([]);
  });
});

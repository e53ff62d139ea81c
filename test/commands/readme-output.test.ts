import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpDemoRuns } from '../support/demo-runs.ts';
import { BLOCKS, pageOf, shownAs } from '../support/readme.ts';

const runs = setUpDemoRuns();
beforeAll(() => runCli(['demo', '--progress', 'none'], { cwd: runs.workspace.folder }));

const written = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');

/** What is typed, and what it prints. */
const sessions = BLOCKS.filter(({ language }) => language === 'console').map(({ code }) => {
  const [first = '', ...rest] = code.split('\n');
  return { command: first.replace(/^\$ /, ''), output: rest.join('\n') };
});

describe('what the pages show is what the program prints', () => {
  it('has examples of the commands that look', () => {
    const names = sessions.map(({ command }) => command.split(' ', 2).join(' '));
    expect(names).toEqual(['imgjob explain', 'imgjob plan', 'imgjob explain', 'imgjob diff']);
  });

  it.each(sessions)('$command', async ({ command, output }) => {
    const { code, stdout, stderr } = await runs.shell(`IMGJOB_SLEEP= ${command}`);
    expect({ code, stderr }).toEqual({ code: command.includes(' diff ') ? 1 : 0, stderr: '' });
    expect(stdout.replace(shownAs(output), '')).toBe('');
  });

  it('a test case of JUnit XML', () => {
    const [block] = BLOCKS.filter(({ language }) => language === 'xml');
    expect(written('junit.xml')).toMatch(shownAs(block?.code ?? 'an example'));
  });

  it('the summary in Markdown', () => {
    const quoted = [...pageOf('reports').matchAll(/^>(?: (.*))?\n/gm)].map(
      ([, line = '']) => `${line}\n`,
    );
    expect(quoted.length).toBeGreaterThan(5);
    expect(written('summary.md')).toMatch(shownAs(quoted.join('')));
  });

  it('the last two runs of a job that is kept', async () => {
    const [, command = ''] =
      /`(imgjob results spring-audit --previous \|[^`]+)`/.exec(pageOf('reports')) ?? [];
    const { code, stdout } = await runs.shell(command);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('newly failing  1\n  S0003 Station Road  image 10 of 10'),
    });
  });
});

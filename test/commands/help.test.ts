import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TOPICS } from '../../src/help/topics.ts';
import { runCli } from '../support/cli.ts';

const topics = Object.keys(TOPICS);

it('imgjob help lists the topics, which are the pages there are, and the commands', async () => {
  const { code, stdout, stderr } = await runCli(['help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect([...stdout.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name]) => name)).toEqual(topics);
  expect(stdout).toMatch(/^Commands:\n {2}run resume /m);
  const folder = new URL('../../dist/help/', import.meta.url);
  expect(readdirSync(folder).toSorted()).toEqual(topics.map((name) => `${name}.md`).toSorted());
});

it('a topic is printed as text', async () => {
  const { code, stdout, stderr } = await runCli(['help', 'errors']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Error codes\n=+\n\n/);
  expect(stdout).toMatch(/^tls not-tls {2,}\S/m);
});

it('a command has its help, or the page of its name, which leads to its options', async () => {
  const ofRun = await runCli(['help', 'run']);
  expect(ofRun).toEqual({ code: 0, stdout: (await runCli(['run', '--help'])).stdout, stderr: '' });
  const { code, stdout } = await runCli(['help', 'resume']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Interruption and resume\n=+\n/);
  expect(stdout).toMatch(/\n\nimgjob resume --help lists the options of the command\.\n$/);
});

it.each([
  ['resutls', 'Did you mean results?'],
  ['vaildate', 'Did you mean validate?'],
  ['unicorns', 'imgjob help lists all topics'],
])('another word (%s) exits with 2 and leads on', async (word, hint) => {
  const { code, stdout, stderr } = await runCli(['help', word]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`there is no help on '${word}'`);
  expect(stderr).toContain(hint);
});

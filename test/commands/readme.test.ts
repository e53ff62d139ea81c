import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_CODES } from '../../src/job/schema.ts';
import { createWorkspace, runCli, runShell, type Workspace } from '../support/cli.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const recipes = [...README.matchAll(/^jq .*$/gm)].map(([line]) => line);

let workspace: Workspace;
beforeAll(async () => {
  workspace = createWorkspace();
  await runCli(['demo', '--progress', 'none'], { cwd: workspace.folder });
}, 20_000);
afterAll(() => workspace.remove());

describe('the README', () => {
  it('has jq recipes', () => expect(recipes.length).toBeGreaterThanOrEqual(5));

  it.each(recipes)('%s', async (recipe) => {
    const { code, stdout, stderr } = await runShell(recipe, { cwd: workspace.folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/^(null)?\s*$/);
  });

  it('explains every error code', () => {
    const table = [...README.matchAll(/^\| `([a-z][a-z-]+)` +\| /gm)].map(([, code]) => code);
    expect(table).toEqual([...FAULT_CODES]);
  });

  it('explains every option of imgjob run, and no other', async () => {
    const { stdout } = await runCli(['run', '--help']);
    const inHelp = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name);
    const inTable = [...README.matchAll(/^\| `(?:-\w, )?(--[a-z-]+)[ `]/gm)].map(
      ([, name]) => name,
    );
    // Every command has --help; --debug is written before the command.
    expect([...inTable, '--help'].toSorted()).toEqual([...inHelp, '--debug'].toSorted());
  });
});

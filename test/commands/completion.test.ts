import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspace, runCli, runProgram, type Workspace } from '../support/cli.ts';
import { startInTerminal } from '../support/keyboard.ts';

/** Tab, in the shells themselves; a shell that is not there is skipped. */

let workspace: Workspace;
beforeEach(() => {
  workspace = createWorkspace();
  workspace.write('my list.json', {});
  mkdirSync(workspace.path('photos'));
  mkdirSync(`${workspace.state}/jobs/spring-audit`, { recursive: true });
});
afterEach(() => workspace.remove());

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true']);
    return true;
  } catch {
    return false;
  }
}

const KILL_LINE = '\u0015';
const TERMINALS = [
  ['bash', 'bash --norc --noprofile -i'],
  ['zsh', 'zsh -f -i'],
] as const;

describe.each(TERMINALS)('Tab in %s', (shell, command) => {
  it.skipIf(!has(shell))('completes what was begun, and runs nothing of it', async () => {
    const env = { IMGJOB_STATE_DIR: workspace.state, HOME: workspace.folder };
    const terminal = startInTerminal(command, env, workspace.folder);
    const complete = (begun: string, whole: string) =>
      terminal.type(`${KILL_LINE}imgjob ${begun}\t`, `imgjob ${whole}`);
    try {
      const ready = `PS1='> '; eval "$(imgjob completion ${shell})"; echo it is rea''dy\n`;
      await terminal.type(ready, 'it is ready');
      await complete('sta', 'status ');
      await complete('run --fail', 'run --fail-fast ');
      await complete('run --progress b', 'run --progress bars ');
      await complete('run --progress=b', 'run --progress=bars ');
      await complete('resume spr', 'resume spring-audit ');
      await complete('run my', 'run my\\ list.json ');
      await complete('run --save=ph', 'run --save=photos/');
      const typed = `run '$(touch owned)' "$(touch owned)" --dig`;
      await complete(typed, `${typed}est `);
      expect(existsSync(workspace.path('owned'))).toBe(false);
    } finally {
      await terminal.end();
    }
  });
});

describe('Tab in fish', () => {
  it.skipIf(!has('fish'))('completes what was begun', async () => {
    const lines = [
      'sta',
      'run --fail',
      'run --progress=b',
      'resume spr',
      'run my',
      'run --save=ph',
    ];
    const asked = lines.map((line) => `complete -C 'imgjob ${line}'`).join('; echo; ');
    const script = `imgjob completion fish | source; ${asked}`;
    const options = { cwd: workspace.folder, env: { HOME: workspace.folder } };
    const { stdout } = await runProgram('fish', ['--no-config', '-c', script], options);
    expect(stdout.trim().split('\n\n')).toEqual([
      expect.stringMatching(/^status\thow a job stands/),
      expect.stringMatching(/^--fail-fast\tstop the job/),
      '--progress=bars',
      'spring-audit',
      'my list.json',
      '--save=photos/',
    ]);
  });
});

it('is for shells that there are scripts for', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("<shell> 'tcsh' is invalid. Allowed choices are bash, zsh, fish."),
  ]);
});

import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { PAUSE, setUpWork } from '../support/work-runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

const { write, run, pathOf, linesOf } = setUpWork(runs, kept);

describe('the end of a module', () => {
  const CHILD = `
    import { appendFileSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['300'], { stdio: 'ignore' });
    appendFileSync(${'$PIDS'}, child.pid + '\\n');`;
  const gathering = (close: string) => `${CHILD.replace('$PIDS', pathOf('pids'))}
    const held = [];
    const flush = () => { for (const url of held.splice(0)) appendFileSync(${pathOf('flushed')}, url + '\\n'); };
    export default async ({ url }) => { held.push(url); if (held.length === 8) flush(); };
    export async function close() { ${close} }`;
  const livingChildren = () =>
    linesOf('pids').filter((pid) => {
      try {
        return Number(pid) > 1 && process.kill(Number(pid), 0);
      } catch {
        return false;
      }
    });
  const endChildren = () => {
    for (const pid of livingChildren()) process.kill(Number(pid), 'SIGKILL');
  };

  it('is waited for: nothing is lost, and no child of its is left', async () => {
    write(gathering(`${PAUSE} flush(); child.kill();`), 5, 4);
    const { code, stderr } = await run();
    expect(code).toBe(0);
    expect(linesOf('flushed').toSorted()).toHaveLength(20);
    await expect.poll(livingChildren).toEqual([]);
    expect(stderr.match(/closing work …/g)).toHaveLength(1);
  });

  it('waits for work that blocks its thread', async () => {
    const BLOCK = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);';
    write(
      gathering('flush(); child.kill();').replace('held.push(url);', `held.push(url); ${BLOCK}`),
      1,
      2,
    );
    const args = [
      'run',
      'm.json',
      '-o',
      'out.json',
      '--work',
      'work.mjs',
      '--work-timeout',
      '500ms',
    ];
    const { stderr } = await kept.imgjob(args);
    expect(stderr).not.toContain('did not end well');
    expect(linesOf('flushed')).toHaveLength(1);
    await expect.poll(livingChildren).toEqual([]);
  });

  it('comes on Ctrl-C too, after the work that was stopped', async () => {
    write(
      `${gathering('flush(); child.kill();')}`.replace(
        'held.push(url);',
        'held.push(url); if (url.includes("/2x1")) await new Promise(() => {});',
      ),
      2,
      2,
    );
    const { code } = await kept.imgjob(
      ['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', '--progress', 'json'],
      {
        onStart: (child) => {
          let seen = '';
          child.stderr?.on('data', (text) => {
            const before = seen;
            seen += text;
            const isAt = (all: string) => (all.match(/"image_started"/g) ?? []).length >= 4;
            if (!isAt(before) && isAt(seen)) setTimeout(() => child.kill('SIGINT'), 500);
          });
        },
      },
    );
    expect(code).toBe(130);
    expect(linesOf('flushed')).toHaveLength(4);
    await expect.poll(livingChildren).toEqual([]);
  });

  it.each([
    [
      'takes too long',
      'await new Promise(() => {});',
      ['--work-grace', '300ms'],
      'not done within 0.3 s',
    ],
    ['throws', "throw new Error('disk full');", [], 'disk full'],
    ['blocks', 'for (;;);', ['--work-grace', '500ms'], 'not done within 0.5 s'],
    ['ends its thread', 'process.exit(9);', [], 'exit code 9'],
  ])('that %s is told, and fails the run', async (_, close, args, message) => {
    write(gathering(close), 1, 1);
    const { code, stderr } = await run(...args);
    expect(stderr).toContain(`work.mjs did not end well: `);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
    // What was to be done was done.
    expect(kept.readOutput().status).toBe('completed');
    endChildren();
  });

  it('that takes too long on Ctrl-C is a warning: the run was stopped', async () => {
    write(gathering('await new Promise(() => {});'), 1, 1);
    runs.workspace.write('m.json', kept.hangingManifest());
    const { code, stderr } = await kept.imgjob(
      [
        ...['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', '--work-grace', '300ms'],
        ...['--progress', 'json'],
      ],
      { onStart: kept.whenItHangs((child) => child.kill('SIGTERM')) },
    );
    expect(code).toBe(143);
    expect(stderr).not.toContain('did not end well');
    endChildren();
  });

  it('comes to a thread whose work took too long as well', async () => {
    write(
      gathering('child.kill();').replace('held.push(url);', 'await new Promise(() => {});'),
      1,
      1,
    );
    expect((await run('--work-timeout', '200ms')).code).toBe(1);
    await expect.poll(livingChildren).toEqual([]);
  });
});

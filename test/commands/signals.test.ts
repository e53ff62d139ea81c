import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { BIN, createWorkspace, runCli, runShell, type Workspace } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createTerminal } from '../support/terminal.ts';
import { SOON_MS } from '../support/times.ts';

const imgjob = `"${process.execPath}" "${BIN}"`;
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

let server: TestServer;
let workspace: Workspace;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  workspace = createWorkspace();
  return () => workspace.remove();
});

/** Two stores: one whose second image hangs in its download, one whose second hangs in its work. */
function longManifest(): string {
  const good = `${server.address}/png/4x3`;
  const stores = [
    { store_id: 'S1', images: [good, `${server.address}/stall`, good] },
    { store_id: 'S2', images: [good, good, good] },
    { store_id: 'S3', images: [good] },
  ];
  return workspace.write('m.json', { job_id: 'long', stores });
}

/** Sends a signal as soon as both stores are at their second image. */
function whenUnderWay(act: (child: ChildProcess) => void) {
  return (child: ChildProcess) => {
    let finished = 0;
    child.stderr?.on('data', (text) => {
      finished += String(text).split('"image_finished"').length - 1;
      if (finished === 2) act(child);
    });
  };
}

const ARGS = ['run', '-c', '2', '--sleep', '300ms', '--progress', 'json', '-o', 'out.json'];
const readResults = () =>
  resultsSchema.parse(JSON.parse(readFileSync(workspace.path('out.json'), 'utf8')));

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops the job, writes what has finished and exits %d', async (signal, exit) => {
    const began = performance.now();
    const { code } = await runCli([...ARGS, longManifest()], {
      cwd: workspace.folder,
      onStart: whenUnderWay((child) => child.kill(signal)),
    });
    expect(code).toBe(exit);
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    const results = readResults();
    expect(results).toMatchObject({ status: 'ongoing', finished_at: null });
    expect(results.summary.images).toMatchObject({ completed: 2, failed: 0, pending: 5 });
    expect(results.stores.map(({ status }) => status)).toEqual(['ongoing', 'ongoing', 'pending']);
    expect(results.stores[0]?.images[1]).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('that comes twice within a second is one request', async () => {
    const { code } = await runCli([...ARGS, longManifest()], {
      cwd: workspace.folder,
      onStart: whenUnderWay((child) => {
        child.kill('SIGINT');
        setTimeout(() => child.kill('SIGINT'), 5);
      }),
    });
    expect(code).toBe(130);
    expect(readResults().status).toBe('ongoing');
  });

  it('that comes again later quits at once, though the reader of the results has stalled', async () => {
    const good = Array.from({ length: 1500 }, () => `${server.address}/png/1x1`);
    const stores = [
      { store_id: 'S1', images: good },
      { store_id: 'S2', images: [`${server.address}/stall`] },
    ];
    const path = workspace.write('m.json', { job_id: 'long', stores });
    const { stdout } = await runShell(
      `${imgjob} run --sleep 0 --progress json ${path} 2> err.log > >(echo $BASHPID > reader; exec sleep 100 > sleep.log 2>&1) & child=$!
       until [ "$(grep -c image_finished err.log)" = 1500 ]; do sleep 0.1; done
       kill -INT $child; sleep 1.3; kill -0 $child && echo writing
       kill -INT $child; wait $child; echo "code $?"; kill $(cat reader)`,
      { cwd: workspace.folder },
    );
    expect(stdout).toBe('writing\ncode 130\n');
  });

  it('that comes again quits at once, though a file hangs in the pool of threads', async () => {
    const preload = workspace.write('hang.cjs', "require('fs').open('p', 'r', () => {})");
    const { stdout } = await runShell(
      `mkfifo p; ${imgjob.replace(' ', ` --require ${preload} `)} ${ARGS.join(' ')} ${longManifest()} 2> err.log & child=$!
       until grep -qs image_finished err.log; do sleep 0.05; done; kill -INT $child; sleep 1.3
       kill -0 $child && echo hangs; kill -INT $child; wait $child; echo "code $?"`,
      { cwd: workspace.folder },
    );
    expect(stdout).toBe('hangs\ncode 130\n');
  });

  it('says on standard error what it did', async () => {
    const { stderr } = await runShell(
      `${imgjob} run --sleep 0 -o out.json ${longManifest()} 2> err.log & child=$!
       until grep -q stores err.log; do sleep 0.05; done
       sleep 0.3; kill -INT $child; wait $child; cat err.log >&2; rm err.log`,
      { cwd: workspace.folder },
    );
    expect(stderr).toContain('stopping: what has finished is kept');
    expect(stderr).toMatch(/\nstopped {2}long {2}\d of 7 images in /);
    expect(stderr).toContain('stopped by SIGINT; go on with: imgjob resume long -o out.json\n');
    expect(readdirSync(workspace.folder).sort()).toEqual(['m.json', 'out.json']);
  });
});

describe('a SIGHUP', () => {
  const hangUp = `until grep -q stores err.log; do sleep 0.05; done; sleep 0.3
     kill -HUP $(pgrep -f "[o]ut-$$.json" | tail -1); wait; jq -r .status out-$$.json`;
  const run = () =>
    `${imgjob} run --sleep 100ms --timeout 3s --retries 0 -o out-$$.json ${longManifest()} 2> err.log`;

  it.each([
    ['nohup', () => `nohup ${run()} &`],
    [
      'a nohup that another shell has called',
      () => `${run().replace('2> err.log', '> nohup.out 2> err.log')} &`,
    ],
    ['a script that ignores it', () => `(trap '' HUP; ${run()}; true) &`],
  ])('does not stop a run of %s', async (_, script) => {
    const { stdout } = await runShell(`${script()}\n${hangUp}`, { cwd: workspace.folder });
    expect(stdout).toBe('failed\n');
  });

  it('stops any other', async () => {
    const { stdout } = await runShell(`${run()} &\n${hangUp}`, { cwd: workspace.folder });
    expect(stdout).toBe('ongoing\n');
  });
});

/** Makes the workspace a project that has imgjob installed. */
function installPackage(): void {
  workspace.write('package.json', { name: 'project', private: true });
  mkdirSync(workspace.path('node_modules/.bin'), { recursive: true });
  symlinkSync(PACKAGE, workspace.path('node_modules/imgjob'));
  symlinkSync('../imgjob/bin/imgjob.js', workspace.path('node_modules/.bin/imgjob'));
}

describe('in a terminal', () => {
  /** Runs a script in a pseudo-terminal of 80×20 and answers all that appeared on it. */
  const inTerminal = (script: string, env: Record<string, string> = {}) =>
    runShell(`script -qec 'stty rows 20 cols 80; ${script}' /dev/null`, {
      cwd: workspace.folder,
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', SHELL: '/bin/bash', ...env },
    });

  it('bars are drawn and taken away, results go to a file that the summary names', async () => {
    const { stdout } = await inTerminal(
      `${imgjob} run --sleep 200ms --timeout 700ms ${longManifest()}`,
    );
    expect(stdout).toMatch(/long [━╸─]+ 0\/7 images/);
    expect(stdout).toMatch(/S2 {9}[━╸─]+ 1\/3 {2}gpu/);
    // What is left of it, as a terminal of that size shows it.
    const terminal = createTerminal(80, 20);
    terminal.stream.write(stdout.replaceAll('\r\n', '\n'));
    const screen = await terminal.screen();
    expect(screen[0]).toMatch(/^S1 failed: image 2 of 3.*: .+/);
    expect(screen[1]).toMatch(/^failed {2}long {2}6 of 7 images in .* s \(.*\)$/);
    expect(screen.slice(-4)).toEqual([
      '  results  m.results.json',
      '  explain  imgjob explain long',
      '  report   imgjob report long -o long.html',
      '  retry    imgjob resume long --retry-failed -o m.results.json',
    ]);
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    const results = readFileSync(workspace.path('m.results.json'), 'utf8');
    expect(resultsSchema.parse(JSON.parse(results)).status).toBe('failed');
  });

  it('there are lines instead of bars with CI or TERM=dumb', async () => {
    for (const env of [{ CI: 'true' }, { TERM: 'dumb' }]) {
      const { stdout } = await inTerminal(
        `${imgjob} run --sleep 0 --timeout 200ms ${longManifest()}`,
        env,
      );
      expect(stdout).toContain('long  3 stores, 7 images, 50 at once');
      expect(stdout).not.toContain('\u001b[?25l');
    }
  });

  it.each(['false', '0', ''])('CI=%s is no CI', async (CI) => {
    const { stdout } = await inTerminal(
      `${imgjob} run --sleep 200ms --timeout 200ms ${longManifest()}`,
      { CI },
    );
    expect(stdout).toContain('\u001b[?25l');
  });

  it.each(['dash', 'bash'])(
    'Ctrl-C through npx, with %s as script shell, is one clean stop',
    async (shell) => {
      const path = longManifest();
      const out = workspace.path('out.json');
      installPackage();
      const journal = join(workspace.state, 'jobs/long/journal.ndjson');
      const atWork = `until [ "$(grep -cs image_finished '${journal}')" -gt 2 ]; do sleep 0.2; done`;
      const { stdout } = await runShell(
        `{ ${atWork}; printf '\\003'; sleep 1.5; } | script -qec 'stty rows 20 cols 80; npx --no-install imgjob run --sleep 100ms -o "${out}" "${path}"' /dev/null; echo "code $?"`,
        {
          cwd: workspace.folder,
          env: {
            npm_config_script_shell: `/bin/${shell}`,
            TERM: 'xterm-256color',
            LANG: 'C.UTF-8',
            SHELL: '/bin/bash',
          },
        },
      );
      expect(stdout).toContain('(Ctrl-C again after 1 s quits at once)');
      expect(stdout).toContain('stopped by SIGINT; go on with:');
      expect(stdout).toMatch(/code 130/);
      expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
      const results = resultsSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
      expect(results.status).toBe('ongoing');
      expect(results.summary.images.completed).toBeGreaterThan(2);
    },
    20_000,
  );
});

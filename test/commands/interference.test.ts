import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BIN } from '../support/cli.ts';
import { CAN_COUNT, createOperations, type Operations } from '../support/file-operations.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

/** What disks, other processes and other hands do to a job while it runs. */

const runs = setUpRuns();
const kept = keptJobs(runs);

/** Many images that take a moment each, so that something can happen meanwhile. */
function slowManifest(images: number): string {
  const urls = Array.from({ length: images }, (_, index) => runs.at(`/png/${index + 1}x1?ms=60`));
  return runs.workspace.write('m.json', {
    job_id: 'spring-audit',
    stores: [{ store_id: 'S1', images: urls }],
  });
}

const finishedIn = (journal: string) => journal.split('"image_finished"').length - 1;
const timeout = 30_000;

describe('the state folder that is deleted during a run', () => {
  it('is said at the next write, and no resume of it is offered', async () => {
    const path = slowManifest(400);
    let text = '';
    const onStart = (child: ChildProcess) => {
      void vi
        .waitFor(() => expect(finishedIn(kept.journal('spring-audit'))).toBeGreaterThan(1), timeout)
        .then(() => rmSync(runs.workspace.state, { recursive: true }));
      child.stderr?.on('data', (data) => {
        text += data;
        if (text.includes('was deleted')) child.kill('SIGINT');
      });
    };
    const { code, stderr } = await runs.run(['-o', 'out.json', '--progress', 'none', path], {
      onStart,
    });
    expect(code).toBe(130);
    expect(stderr.match(/the folder of spring-audit was deleted/g)).toHaveLength(1);
    expect(stderr).not.toContain('imgjob resume');
    expect(kept.readOutput().summary.images.completed).toBeGreaterThan(1);
  });
});

describe('a run whose places are moved or taken away', () => {
  it.each([
    ['the whole state folder', '', true],
    ['the locks', 'locks', false],
  ])('ends as usual: %s', async (_, name, isGone) => {
    const path = slowManifest(120);
    const moved = () => renameSync(join(runs.workspace.state, name), runs.workspace.path('moved'));
    const { code, stderr } = await runs.run(['-o', 'out.json', '--progress', 'none', path], {
      onStart: () => {
        void vi
          .waitFor(
            () => expect(finishedIn(kept.journal('spring-audit'))).toBeGreaterThan(1),
            timeout,
          )
          .then(moved);
      },
    });
    expect([code, stderr.includes('was deleted')]).toEqual([0, isGone]);
    expect(kept.readOutput().summary.images.completed).toBe(120);
    if (!isGone) expect((await kept.imgjob(['results', 'spring-audit'])).code).toBe(0);
  });
});

describe('a job that another process runs', () => {
  it('is waited for with --wait, and refused when the time is over', async () => {
    const path = runs.workspace.write('m.json', kept.hangingManifest());
    let waiting: ReturnType<typeof kept.imgjob> | undefined;
    await runs.run(['--progress', 'json', '-o', 'a.json', path], {
      onStart: kept.whenItHangs((child) => {
        void (async () => {
          const resume = ['resume', 'spring-audit', '-o', 'b.json', '--wait'];
          const refused = await kept.imgjob([...resume, '1s']);
          expect(refused.code).toBe(3);
          expect(refused.stderr).toContain('waiting for it, 1.0 s at most');
          gate.isOpen = true;
          waiting = kept.imgjob([...resume, '1m']);
          await delay(500);
          child.kill('SIGINT');
        })();
      }),
    });
    expect(await waiting).toMatchObject({ code: 0 });
    expect(kept.readOutput('b.json').summary.images.completed).toBe(6);
  });

  it('in a place that can’t be asked: its lock is named, and how long it holds', async () => {
    await kept.interrupt();
    const lock = join(runs.workspace.state, 'locks/spring-audit.lock');
    const record = { pid: 1, host: 'other', namespace: 'container', started: null, token: 'x' };
    writeFileSync(lock, JSON.stringify(record));
    const { code, stderr } = await kept.imgjob(['resume', 'spring-audit']);
    expect(code).toBe(3);
    expect(stderr).toContain(`run by another process: pid 1 on other, by the lock ${lock}`);
    expect(stderr).toMatch(/If that process is dead, the job is free in (30|2\d) s/);
    gate.isOpen = true;
    utimesSync(lock, Date.now() / 1000 + 3600, Date.now() / 1000 + 3600);
    expect((await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json'])).code).toBe(0);
  });
});

const CAN_UNSHARE =
  spawnSync('unshare', ['-p', '-f', '--mount-proc', 'true'], { stdio: 'ignore' }).status === 0;

it('a lock that is no file of ours is named, and how to be rid of it', async () => {
  const path = slowManifest(1);
  const lock = join(runs.workspace.state, 'locks/spring-audit.lock');
  mkdirSync(lock, { recursive: true });
  const { code, stderr } = await runs.run(['-o', 'out.json', path]);
  expect(code).toBe(3);
  expect(stderr).toContain(
    `the job spring-audit is held by ${lock}, which is not a lock of imgjob`,
  );
  expect(stderr).toContain('If nothing runs the job, remove it.');
});

/** A signal to what is no process of ours (0 is a whole group) would stop much else. */
function onlyChildOf(parent: number | undefined): number {
  const printed = execFileSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' });
  const child = Number(printed);
  if (!(child > 1)) throw new Error(`expected one process, got ${JSON.stringify(printed)}`);
  return child;
}

describe.skipIf(!CAN_UNSHARE)('a runner in a container that is frozen (root only)', () => {
  const again = ['run', '--sleep', '0', '--force', '-q', '-o', 'out.json', 'm.json'];
  it.each([
    ['goes on with it', [['resume', 'spring-audit', '-o', 'out.json']]],
    // The journal of the one that is frozen has no name any more then.
    ['starts it over, twice', [again, again]],
  ])('writes nothing more once another has taken its job and %s', async (_, heirs) => {
    const path = slowManifest(60);
    const args = ['run', '--sleep', '0', '--progress', 'none', '-o', 'out.json', path];
    const unshare = ['-p', '-f', '--mount-proc', '--kill-child', process.execPath, BIN];
    const env = { ...process.env, IMGJOB_STATE_DIR: runs.workspace.state };
    const container = spawn('unshare', [...unshare, ...args], { cwd: runs.workspace.folder, env });
    let said = '';
    container.stderr.on('data', (data) => {
      said += data;
    });
    const ended = new Promise((resolve) => container.once('close', resolve));
    await vi.waitFor(() => {
      expect(kept.has('spring-audit')).toBe(true);
      expect(finishedIn(kept.journal('spring-audit'))).toBeGreaterThan(3);
    }, timeout);
    const pid = onlyChildOf(container.pid);
    process.kill(pid, 'SIGSTOP');
    utimesSync(join(runs.workspace.state, 'locks/spring-audit.lock'), 1, 1);
    for (const heir of heirs) expect((await kept.imgjob(heir)).code).toBe(0);
    const [journal, results] = [kept.journal('spring-audit'), kept.readOutput()];
    process.kill(pid, 'SIGCONT');
    expect(await ended).toBe(3);
    expect(said).toContain('spring-audit stops here: the lock of the job is gone');
    expect(kept.journal('spring-audit')).toBe(journal);
    expect(kept.readOutput()).toEqual(results);
    expect(results.summary.images.completed).toBe(60);
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json', 'out.json']);
  });
});

describe.skipIf(!CAN_COUNT)('a disk', () => {
  let operations: Operations;
  beforeAll(() => {
    operations = createOperations();
  });
  afterAll(() => operations.remove());

  it('whose quota is used up is said in words; results hold what is in the journal', async () => {
    const path = slowManifest(12);
    const env = operations.failing('journal.ndjson', 9, 122);
    const { code, stderr } = await runs.run(['-o', 'out.json', path], { env });
    expect(code).toBe(3);
    expect(stderr).toContain("can't write the journal of spring-audit: the disk quota is used up");
    expect(stderr).toContain('Go on later with: imgjob resume spring-audit');
    const { summary, status } = kept.readOutput();
    expect(status).toBe('ongoing');
    expect(summary.images.completed).toBe(finishedIn(kept.journal('spring-audit')));
    expect(summary.images.completed).toBeGreaterThan(0);
    expect((await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json'])).code).toBe(0);
    expect(kept.readOutput().summary).toMatchObject({ images: { completed: 12 }, attempts: 12 });
  });

  it('that loses its power has the manifest before its name, with --fsync', async () => {
    const path = slowManifest(2);
    const env = operations.logged(runs.workspace.state);
    await runs.run(['--fsync', '-o', 'out.json', path], { env });
    const done = operations.read().map((line) => line.replace(/ .*\//, ' '));
    const synced = done.indexOf('sync manifest.new');
    expect(synced).toBeGreaterThan(done.lastIndexOf('write manifest.new'));
    expect(done.indexOf('rename manifest.json')).toBeGreaterThan(synced);
    const folder = done.indexOf('sync spring-audit');
    expect(folder).toBeGreaterThan(done.indexOf('rename journal.ndjson'));
    expect(folder).toBeLessThan(done.lastIndexOf('write journal.ndjson'));
  });
});

describe('a run that can’t be read', () => {
  const previous = () => kept.imgjob(['results', 'good', '--previous']);

  it('does not take the place of the previous one, which can', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good'));
    await runs.run(['-o', 'first.json', path]);
    await runs.run(['-o', 'second.json', path]);
    kept.writeJournal('good', 'garbage\n');
    expect((await runs.run(['-o', 'third.json', path])).code).toBe(3);
    const { code, stderr } = await runs.run(['--force', '-o', 'third.json', path]);
    expect(code).toBe(0);
    expect(stderr).toContain("good can't be read, and starts over");
    expect((await previous()).stdout).toBe(readFileSync(runs.workspace.path('first.json'), 'utf8'));
  });

  it.each(['', '\n', '{"t":"20', '\0\0\0\0'])(
    'of which there is no first line (%j) was never started',
    async (text) => {
      const path = runs.workspace.write('m.json', runs.goodManifest('good'));
      await runs.run(['-o', 'first.json', path]);
      await runs.run(['-o', 'second.json', path]);
      kept.writeJournal('good', text);
      expect((await runs.run(['-o', 'third.json', path])).code).toBe(0);
      expect((await previous()).code).toBe(0);
      expect(existsSync(runs.workspace.path('third.json'))).toBe(true);
    },
  );
});

import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { makePng } from '../support/png.ts';
import { reuseRuns, type Stores } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { SAVE, savedBodies } from '../support/saved.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { runWith, statuses } = reuseRuns(runs, kept);
const { filesKept, filesOfResults, inKept, resume } = savedBodies(runs, kept);

describe('resume of a job that has ended', () => {
  const ENDED: Stores = {
    S1: ['/png/1x1', '/png/2x2'],
    S2: ['/png/3x3', '/status/404', '/png/4x4'],
  };

  it('fetches what it saved and is not there, or not whole, and nothing else', async () => {
    await runWith(ENDED, SAVE);
    rmSync(inKept('S1/1-2x2.png'));
    writeFileSync(inKept('S2/0-3x3.png'), 'half');
    const again = await resume();
    expect(again.asked).toEqual(['/png/2x2', '/png/3x3']);
    expect(again.stderr).toContain('some saved files are missing or damaged');
    expect(again.code).toBe(1);
    expect(statuses()).toEqual(['cc', 'cfs']);
    expect(filesOfResults()).toEqual([
      ...['S1/0-1x1.png', 'S1/1-2x2.png'],
      ...['S2/0-3x3.png', null, null],
    ]);
    const { stdout } = await kept.imgjob(['results', 'job']);
    expect(JSON.parse(stdout)).toEqual(kept.readOutput());
    expect((await resume()).asked).toEqual([]);
  });

  it('also where a failed store stops the job', async () => {
    await runWith(ENDED, [...SAVE, '--fail-fast', '-c', '1', '--keep-going']);
    rmSync(inKept('S2/0-3x3.png'));
    rmSync(inKept('S2/2-4x4.png'));
    const { asked, code } = await resume();
    expect(asked).toEqual(['/png/3x3', '/png/4x4']);
    expect(code).toBe(1);
    expect(filesOfResults()).toContain('S2/2-4x4.png');
    expect((await resume()).asked).toEqual([]);
  });

  it('says of an image that can not be fetched any more that it failed', async () => {
    gate.isOpen = true;
    await runWith({ S1: ['/png/1x1', '/gate', '/png/2x2'] }, SAVE);
    expect(statuses()).toEqual(['ccc']);
    rmSync(inKept('S1/1-gate.png'));
    gate.isOpen = false;
    const { code } = await resume('--timeout', '200ms');
    expect(code).toBe(1);
    expect(statuses()).toEqual(['cfc']);
    gate.isOpen = true;
    expect((await resume('--retry-failed', '--timeout', '5s')).asked).toEqual(['/gate']);
    expect(statuses()).toEqual(['ccc']);
  });

  it('that was killed while it did that goes on with it', async () => {
    gate.isOpen = true;
    await runWith({ S1: ['/png/1x1'], S2: ['/gate', '/png/2x2'] }, SAVE);
    for (const file of filesKept()) rmSync(inKept(file));
    gate.isOpen = false;
    await kept.imgjob(['resume', 'job', '--progress', 'json'], {
      onStart(child) {
        let seen = '';
        child.stderr?.on('data', (data) => {
          seen += data;
          if (/"image_finished"[^\n]*1x1/.test(seen)) child.kill('SIGKILL');
        });
      },
    });
    gate.isOpen = true;
    expect((await resume()).asked).toEqual(['/gate', '/png/2x2']);
    expect(filesOfResults()).toEqual(['S1/0-1x1.png', 'S2/0-gate.png', 'S2/1-2x2.png']);
  });

  it('does what run --resume delivers', async () => {
    await runWith({ S1: ['/png/1x1', '/png/2x2'] }, SAVE);
    kept.forgetDelivery('job');
    rmSync(inKept('S1/0-1x1.png'));
    const { asked } = await runWith({ S1: ['/png/1x1', '/png/2x2'] }, [...SAVE, '--resume']);
    expect(asked).toEqual(['/png/1x1']);
  });

  it('goes on without --save where it is told to', async () => {
    await kept.interrupt('SIGKILL', SAVE);
    rmSync(runs.workspace.path('kept'), { recursive: true });
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const args = ['resume', 'spring-audit', '--no-save', '-o', 'out.json'];
    expect((await kept.imgjob(args)).code).toBe(0);
    expect(kept.requested().sort()).toEqual(['/gate', '/png/5x5']);
    expect(existsSync(runs.workspace.path('kept'))).toBe(false);
  });
});

describe('what is whole', () => {
  it.each([
    [['--digest'], ['/png/1x1', '/png/2x2']],
    [[], ['/png/2x2']],
  ])('is told by the digest too, where there is one (%j)', async (digest, asked) => {
    const stores = { S1: ['/png/1x1', '/png/2x2'] };
    await runWith(stores, [...SAVE, ...digest]);
    const other = makePng(1, 1);
    other[other.length - 1] = 0;
    writeFileSync(inKept('S1/0-1x1.png'), other);
    rmSync(inKept('S1/1-2x2.png'));
    expect((await resume()).asked).toEqual(asked);
    writeFileSync(inKept('S1/0-1x1.png'), other);
    rmSync(inKept('S1/1-2x2.png'));
    expect((await runWith(stores, [...SAVE, ...digest, '--reuse'])).asked).toEqual(asked);
  });

  it('is no link to another file', async () => {
    await runWith({ S1: ['/png/1x1'] }, SAVE);
    writeFileSync(runs.workspace.path('other.png'), makePng(1, 1));
    rmSync(inKept('S1/0-1x1.png'));
    symlinkSync(runs.workspace.path('other.png'), inKept('S1/0-1x1.png'));
    expect((await resume()).asked).toEqual(['/png/1x1']);
    expect(filesOfResults()).toEqual(['S1/0-1x1.png']);
  });

  it('is never outside of the folder, whatever a journal says', async () => {
    await runWith({ S1: ['/png/1x1'] }, SAVE);
    writeFileSync(runs.workspace.path('outside.png'), makePng(1, 1));
    const journal = kept.journal('job');
    kept.writeJournal('job', journal.replace('S1/0-1x1.png', '../outside.png'));
    expect((await resume()).asked).toEqual(['/png/1x1']);
    kept.writeJournal('job', journal.replace('S1/0-1x1.png', 'S1/../../outside.png'));
    expect((await runWith({ S1: ['/png/1x1'] }, [...SAVE, '--reuse'])).asked).toEqual(['/png/1x1']);
  });
});

import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../src/service/job-record.ts';
import { createJobSources } from '../../src/service/job-source.ts';
import { readKeptJob } from '../../src/state/kept-job.ts';
import { locateState } from '../../src/state/locate.ts';
import { filesOf } from '../../src/state/state-folder.ts';
import { createTurns } from '../../src/turns.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const STAYS = new AbortController().signal;
const handed = { at: 1, submitted: true, key: null, content: null };

/** A job at rest, and the sources of a server on which none runs. */
async function setUp(job_id: string) {
  const { state, path } = runs.workspace;
  await runs.run([
    runs.workspace.write('m.json', runs.mixedManifest(job_id)),
    '-o',
    path('o.json'),
  ]);
  const files = filesOf(state, job_id);
  const job = await readKeptJob(files);
  if (!job) throw new Error('there is no job');
  await job.close();
  const { stores, images } = job.reducer.summary();
  const look = { ...job.reducer, stores: stores.total, images: images.total };
  const sources = createJobSources({ hold: () => null }, locateState(state, {}));
  return { files, sources, record: (bytes: number) => recordOf(look, handed, bytes) };
}

describe('documents of jobs at rest', () => {
  it('are made two at once, and none for whoever has gone meanwhile', async () => {
    const { sources, record } = await setUp('two-at-once');
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const make = (name: string, signal = STAYS) =>
      sources.make(record(9), signal, async ({ reducer }) => {
        begun.push(name);
        await new Promise<void>((resolve) => void ends.push(resolve));
        return reducer.job_id;
      });
    const gone = new AbortController();
    const [first, second] = [make('first'), make('second')];
    const third = make('third', gone.signal);
    const fourth = make('fourth');
    await expect.poll(() => begun.toSorted()).toEqual(['first', 'second']);
    await delay(50);
    expect(begun).toHaveLength(2);
    gone.abort();
    ends.shift()?.();
    await expect(third).rejects.toMatchObject({ code: 'stopped' });
    await expect.poll(() => begun.slice(2)).toEqual(['fourth']);
    for (const end of ends) end();
    for (const { made, release } of await Promise.all([first, second, fourth])) {
      expect(made).toBe('two-at-once');
      await release();
    }
  });

  it('are not read on for whoever has gone', async () => {
    const { files } = await setUp('gone');
    const gone = new AbortController();
    gone.abort();
    const turns = createTurns(gone.signal);
    await delay(20);
    await expect(readKeptJob(files, { turns })).rejects.toMatchObject({ code: 'stopped' });
  });
});

describe('how jobs at rest stand', () => {
  it('is read once, and again where the journal has grown', async () => {
    const { files, sources, record } = await setUp('heads');
    const { head, errors } = await sources.head(record(9), STAYS);
    expect(head.document).toMatchObject({ job_id: 'heads', status: 'failed' });
    expect(errors).toHaveLength(1);
    rmSync(files.folder, { recursive: true });
    expect((await sources.head(record(9), STAYS)).head).toBe(head);
    await expect(sources.head(record(10), STAYS)).rejects.toMatchObject({ code: 'unknown-job' });
  });
});

import { describe, expect, it } from 'vitest';
import { runJobTask } from '../../src/job/job.ts';
import { isWithinBudget } from '../../src/options/failure-budget.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import { documentErrors, documentStores } from '../../src/results/document.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { collect } from '../support/collect.ts';
import {
  createJobTask,
  createManifest,
  createTestEffects,
  equalStores,
  OPTIONS,
} from '../support/effects.ts';

const GOOD = 'http://img.example/a.png';
const BAD = 'http://img.example/404.png';

/** Runs a job under some policies, on top of what has happened before, and answers how it stands. */
async function run(
  stores: string[][],
  policies: Partial<JobOptions>,
  { before = [], retry_failed = false }: { before?: JobEvent[]; retry_failed?: boolean } = {},
) {
  const manifest = createManifest(stores);
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of before) reducer.apply(event);
  const effects = createTestEffects();
  const options = { ...OPTIONS, concurrency: 2, ...policies };
  const resume = before.length > 0 ? { retry_failed, options: policies } : null;
  const task = { options, results, reducer, resume };
  const status = await runJobTask(createJobTask(manifest, effects, task));
  const source = { manifest, results, reducer };
  const document = await collect(documentStores(source));
  return {
    status,
    events: [...before, ...effects.events],
    summary: reducer.summary(),
    stores: document.map((store) => store.status),
    images: document.map(({ images }) => images.map((image) => image.status[0]).join('')),
    errors: await collect(documentErrors(source)),
    document,
  };
}

describe('fail_fast', () => {
  const STORES = [[BAD, GOOD], [GOOD, GOOD, GOOD], [GOOD], [GOOD, GOOD]];

  it('stops the job at the first failed store: running images finish, the rest is skipped', async () => {
    const { status, stores, images, summary } = await run(STORES, { fail_fast: true });
    expect(status).toBe('failed');
    // S2 goes first, being longest; then S1 beside it fails while S2 works on its first image.
    expect(stores).toEqual(['failed', 'skipped', 'skipped', 'skipped']);
    expect(images).toEqual(['fs', 'css', 's', 'ss']);
    expect(summary.stores).toMatchObject({ failed: 1, skipped: 3, ongoing: 0, pending: 0 });
    expect(summary.images).toMatchObject({ completed: 1, failed: 1, skipped: 6, pending: 0 });
  });

  it('lets a store complete whose last image runs', async () => {
    const { stores } = await run([[BAD], [GOOD]], { fail_fast: true });
    expect(stores).toEqual(['failed', 'completed']);
  });

  it('a store that never began has no times, and every store has an end', async () => {
    const { document, events } = await run(STORES, { fail_fast: true });
    expect(document[3]).toMatchObject({ started_at: null, finished_at: null, duration_ms: null });
    expect(events.filter(({ type }) => type === 'store_finished')).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({ type: 'job_finished', status: 'failed' });
  });

  it('stops only when more stores have failed than are allowed', async () => {
    const stores = [[BAD], [BAD], [BAD], [GOOD], [GOOD]];
    const options = { fail_fast: true, allow_failures: '1', concurrency: 1 };
    expect((await run(stores, options)).stores).toEqual([
      'failed',
      'failed',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect((await run(stores, { ...options, allow_failures: '3' })).stores).toEqual([
      ...['failed', 'failed', 'failed', 'completed', 'completed'],
    ]);
  });

  it('is undone by a resume that retries: the skipped stores are done as well', async () => {
    const { events } = await run(STORES, { fail_fast: true });
    const mended = STORES.map((urls) => urls.map(() => GOOD));
    const again = await run(mended, {}, { before: events, retry_failed: true });
    expect(again.status).toBe('completed');
    expect(again.images).toEqual(['cc', 'ccc', 'c', 'cc']);
    expect(again.summary.images).toEqual({
      ...{ total: 8, completed: 8, failed: 0, skipped: 0, pending: 0, reused: 0 },
    });
    expect(again.document[3]).toMatchObject({ started_at: expect.any(String) });
    const downloads = again.events.filter(({ type }) => type === 'image_finished').length;
    expect(downloads).toBe(2 + 7);
  });

  it('still holds for a job that was interrupted after the failure', async () => {
    const { events } = await run(STORES, { fail_fast: true });
    const cut = events.findIndex((event) => event.type === 'store_finished') + 1;
    const again = await run(STORES, { fail_fast: true }, { before: events.slice(0, cut) });
    expect(again.stores).toEqual(['failed', 'skipped', 'skipped', 'skipped']);
  });

  it('skips a hundred thousand stores in a moment', async () => {
    const stores = [[BAD], ...equalStores(100_000, 1)];
    const { summary } = await run(stores, { fail_fast: true, concurrency: 1 });
    expect(summary.stores).toMatchObject({ failed: 1, skipped: 100_000 });
  });
});

describe('keep_going', () => {
  const STORES = [[BAD, GOOD, BAD, GOOD], [GOOD]];

  it('works on the images after one that failed; the store fails for the first of them', async () => {
    const { status, stores, images, summary, document, errors } = await run(STORES, {
      keep_going: true,
    });
    expect(status).toBe('failed');
    expect(stores).toEqual(['failed', 'completed']);
    expect(images).toEqual(['fcfc', 'c']);
    expect(summary.images).toMatchObject({ completed: 3, failed: 2, skipped: 0, pending: 0 });
    expect(document[0]?.error).toMatchObject({ image: 0, code: 'http-status' });
    expect(errors).toEqual([
      { store_id: 'S1', error: `image 1 of 4 (${BAD}): 404 Not Found; 1 more failed` },
    ]);
  });

  it('off, a resume leaves a store as it failed', async () => {
    const { images } = await run(STORES, { keep_going: false });
    expect(images).toEqual(['fsss', 'c']);
  });

  it('a retry does all failed images again, and only these', async () => {
    const { events } = await run(STORES, { keep_going: true });
    const mended = [[GOOD, GOOD, GOOD, GOOD], [GOOD]];
    const again = await run(mended, {}, { before: events, retry_failed: true });
    expect(again.images).toEqual(['cccc', 'c']);
    expect(again.summary).toMatchObject({ images: { completed: 5, failed: 0 }, attempts: 5 });
    const before = events.filter(({ type }) => type === 'image_finished').length;
    const after = again.events.filter(({ type }) => type === 'image_finished').length;
    expect(after - before).toBe(2);
  });

  it('a store with a lost result goes on, whichever it was', async () => {
    const { events } = await run(STORES, { keep_going: true });
    const lost = events.findIndex(
      (event) => event.type === 'image_finished' && event.store === 0 && event.image === 3,
    );
    const again = await run(STORES, { keep_going: true }, { before: events.toSpliced(lost, 1) });
    expect(again.images).toEqual(['fcfc', 'c']);
    expect(again.status).toBe('failed');
  });

  it('with fail_fast a store that failed in its middle keeps its error, its rest is skipped', async () => {
    const stores = [[BAD], [GOOD, BAD, GOOD, GOOD]];
    const policies = { keep_going: true, fail_fast: true };
    const { events, images, document } = await run(
      [
        [BAD, BAD, BAD],
        [BAD, GOOD, GOOD, GOOD, GOOD],
      ],
      policies,
    );
    expect(images).toEqual(['fff', 'fcsss']);
    expect(document[1]).toMatchObject({ status: 'failed', error: { image: 0 } });
    expect(events.at(-1)).toMatchObject({ type: 'job_finished' });
    expect((await run(stores, policies)).images).toEqual(['f', 'csss']);
  });
});

describe('allowed failures', () => {
  it.each([
    [null, 0, 10, true],
    [null, 1, 10, false],
    ['0', 0, 10, true],
    ['2', 2, 10, true],
    ['2', 3, 10, false],
    ['10%', 1, 10, true],
    ['10%', 1, 9, false],
    ['0.5%', 1, 200, true],
    // No product of these is a whole number to a computer.
    ['0.57%', 57, 10_000, true],
    ['1.14%', 57, 5000, true],
    ['1.14%', 58, 5000, false],
    ['99.999999%', 99_999_999, 100_000_000, true],
    ['100%', 7, 7, true],
    ['0%', 0, 0, true],
  ])('%s: %d of %d: %s', (budget, failed, total, allowed) => {
    expect(isWithinBudget(budget, { failed, total })).toBe(allowed);
  });
});

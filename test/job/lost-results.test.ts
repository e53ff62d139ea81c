import { expect, it } from 'vitest';
import { runJobTask } from '../../src/job/job.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createJobTask, createManifest, createTestEffects, OPTIONS } from '../support/effects.ts';

const STORES = [['http://a/1.png', 'http://a/404.png'], ['http://b/1.png'], ['http://c/1.png']];
const manifest = createManifest(STORES);
const options = { ...OPTIONS, concurrency: 1, fail_fast: true };

/** A job of these events, and what it fetches when it goes on and lacks what its first result names. */
async function goOn(events: JobEvent[]) {
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of events) reducer.apply(event);
  const effects = createTestEffects();
  const fetched: string[] = [];
  const fetch: typeof effects.fetch = (url, hooks) => {
    fetched.push(url);
    return effects.fetch(url, hooks);
  };
  const task = createJobTask(
    manifest,
    { ...effects, fetch },
    {
      ...{ options, results, reducer },
      resume: { retry_failed: false, options: {} },
      isWhole: async ({ url }) => url !== 'http://a/1.png',
    },
  );
  const status = await runJobTask(task);
  return { fetched, status, stores: reducer.summary().stores, images: reducer.summary().images };
}

const ENDED = {
  fetched: ['http://a/1.png'],
  status: 'failed',
  stores: { total: 3, completed: 0, failed: 1, skipped: 2, ongoing: 0, pending: 0 },
  images: { total: 4, completed: 1, failed: 1, skipped: 2, pending: 0, reused: 0 },
};

it('a store that failed gets back what it lacks, and nothing else is begun for that', async () => {
  const effects = createTestEffects();
  await runJobTask(createJobTask(manifest, effects, { options }));
  expect(await goOn(effects.events)).toEqual(ENDED);
  // As it is when it was killed before the others were told to stop.
  const failed = effects.events.findIndex(({ type }) => type === 'store_finished');
  expect(await goOn(effects.events.slice(0, failed + 1))).toEqual(ENDED);
});

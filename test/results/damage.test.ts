import { describe, expect, it } from 'vitest';
import { documentHead, documentStores } from '../../src/results/document.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer, type Reducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { collect } from '../support/collect.ts';
import { createManifest, NOT_FOUND } from '../support/effects.ts';
import { createRandom } from '../support/random.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const job_id = 'spring-audit';
const manifest = createManifest(RECORDED_STORES, job_id);

function reducer(events: JobEvent[]) {
  const results = createMemoryResults();
  const reduced = createReducer(manifest, results);
  for (const event of events) reduced.apply(event);
  return { manifest, results, reducer: reduced };
}

/** The recorded job, and then its failed store done again until the job completes. */
function retriedEvents(): JobEvent[] {
  const at = (minutes: number) => new Date(Date.UTC(2026, 2, 1, 10, minutes)).toISOString();
  return [
    ...recordedEvents(),
    { t: at(0), type: 'job_resumed', job_id, retry_failed: true, options: {} },
    { t: at(1), type: 'store_started', job_id, store: 1, store_id: 'S2' },
    finished(1, 1, null, at(2)),
    finished(1, 2, null, at(3)),
    { t: at(4), type: 'store_finished', job_id, store: 1, status: 'completed', error: null },
    { t: at(5), type: 'job_finished', job_id, status: 'completed' },
  ];
}

/** Every count adds up, and says what the stores say. */
async function expectSense(source: ReturnType<typeof reducer>, label: string): Promise<void> {
  const { stores, images } = source.reducer.summary();
  for (const count of [...Object.values(stores), ...Object.values(images)]) {
    expect(count, label).toBeGreaterThanOrEqual(0);
  }
  const shown = await collect(documentStores(source));
  for (const status of ['completed', 'failed', 'skipped', 'pending'] as const) {
    const of = <T extends { status: string }>(list: T[]) =>
      list.filter((one) => one.status === status).length;
    expect(stores[status], `${label}: stores ${status}`).toBe(of(shown));
    expect(images[status], `${label}: images ${status}`).toBe(of(shown.flatMap((s) => s.images)));
  }
  const { status } = documentHead(source);
  if (status !== 'ongoing') expect(stores.ongoing + stores.pending, label).toBe(0);
}

describe('a journal that has lost lines', () => {
  it('of any kind still adds up', async () => {
    const events = retriedEvents();
    for (let seed = 1; seed <= 2000; seed += 1) {
      const random = createRandom(seed);
      const share = 1 + random.below(8);
      const left = events.filter((_, index) => index === 0 || random.below(share) > 0);
      await expectSense(reducer(left), `seed ${seed}`);
    }
  });

  it('that told of a retry says the same when it is over', async () => {
    const whole = reducer(retriedEvents());
    const lost = reducer(retriedEvents().filter(({ type }) => type !== 'job_resumed'));
    expect(lost.reducer.status()).toBe('completed');
    expect(lost.reducer.summary()).toEqual(whole.reducer.summary());
  });
});

describe('a store that fails earlier than it did before', () => {
  const events: JobEvent[] = [
    ...recordedEvents().slice(0, 3),
    finished(1, 1, NOT_FOUND),
    finished(1, 0, NOT_FOUND),
  ];
  const failedOf = (source: { reducer: Reducer }) => source.reducer.summary().images.failed;

  it('has one failed image: the first', async () => {
    const source = reducer(events);
    expect(failedOf(source)).toBe(1);
    const [, store] = await collect(documentStores(source));
    expect(store?.images.map(({ status }) => status)).toEqual(['failed', 'pending', 'pending']);
    expect(source.reducer.failures.list()).toMatchObject([{ count: 1, samples: [{ image: 0 }] }]);
  });
});

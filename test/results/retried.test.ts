import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { slowestStore } from '../../src/results/slowest-store.ts';
import { createManifest, NOT_FOUND } from '../support/effects.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const job_id = 'spring-audit';

/** An hour after the recorded job, and so many milliseconds. */
const later = (ms: number) => new Date(Date.UTC(2026, 2, 1, 10, 30) + ms).toISOString();

/** The recorded job, whose second store failed, and then what happens to it an hour later. */
function retried(events: JobEvent[]) {
  const manifest = createManifest(RECORDED_STORES, job_id);
  const reducer = createReducer(manifest, createMemoryResults());
  const resumed: JobEvent = {
    ...{ t: later(0), type: 'job_resumed', job_id },
    ...{ retry_failed: true, options: {} },
  };
  for (const event of [...recordedEvents(), resumed, ...events]) reducer.apply(event);
  return { manifest, reducer };
}

const AGAIN: JobEvent[] = [
  { t: later(100), type: 'store_started', job_id, store: 1, store_id: 'S2' },
  finished(1, 1, null, later(400)),
  finished(1, 2, null, later(500)),
];
const ENDED: JobEvent[] = [
  { t: later(600), type: 'store_finished', job_id, store: 1, status: 'completed', error: null },
  { t: later(700), type: 'job_finished', job_id, status: 'completed' },
];

describe('a failed store that is done again', () => {
  it('has its failure taken back, from the groups too', () => {
    const before = retried([]).reducer;
    expect(before.failures.list()).toEqual([]);
    expect(before.summary().images).toMatchObject({ completed: 3, failed: 0, pending: 2 });
  });

  it('leaves the other failures of its cause where they are', () => {
    const { reducer } = retried([]);
    reducer.apply({ t: later(50), type: 'store_started', job_id, store: 2, store_id: 'S3' });
    reducer.apply(finished(2, 0, NOT_FOUND, later(60)));
    reducer.apply(finished(1, 1, NOT_FOUND, later(70)));
    reducer.apply(finished(1, 1, null, later(80)));
    expect(reducer.failures.list()).toMatchObject([
      { count: 1, samples: [{ store: 2, image: 0 }] },
    ]);
  });

  it('took as long as it ran: the hour in which it rested is no time of it', () => {
    const { reducer } = retried([...AGAIN, ...ENDED]);
    // 1,850 ms of the first run, and from the resume on 600 ms.
    expect(reducer.store(1)).toMatchObject({ status: 'completed', duration_ms: 1850 + 600 });
    expect(reducer.times().duration_ms).toBe(2000 + 700);
  });
});

describe('the slowest store', () => {
  it('is still known where only another one is done again', async () => {
    const { manifest, reducer } = retried([]);
    const [t, other] = [later(900), { job_id, store: 2 }];
    // The first store took 1,000 ms in the first run; the third is done again in 100 ms.
    reducer.apply({ t: later(800), type: 'store_started', store_id: 'S3', ...other });
    reducer.apply(finished(2, 0, null, t));
    reducer.apply({ t, type: 'store_finished', status: 'completed', error: null, ...other });
    expect(await slowestStore({ manifest, reducer })).toEqual({
      ...{ store_id: 'S1', images: 1, duration_ms: 1000 },
    });
  });

  it('counts both runs of one that was done again', async () => {
    const slowest = await slowestStore(retried([...AGAIN, ...ENDED]));
    expect(slowest).toEqual({ store_id: 'S2', images: 3, duration_ms: 2450 });
  });

  it('is none while no store has ended', async () => {
    const manifest = createManifest(RECORDED_STORES, job_id);
    const reducer = createReducer(manifest, createMemoryResults());
    for (const event of recordedEvents().slice(0, 5)) reducer.apply(event);
    expect(await slowestStore({ manifest, reducer })).toBeNull();
  });
});

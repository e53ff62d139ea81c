import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';
import { isImageFailed } from '../../src/results/failures.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createBus, type Listener } from '../../src/runner/bus.ts';
import type { Journal } from '../../src/state/journal.ts';
import { createManifest } from '../support/effects.ts';
import { RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const events = recordedEvents();

function createReduced() {
  return createReducer(createManifest(RECORDED_STORES, 'spring-audit'), createMemoryResults());
}

/** A listener that remembers what it was told. */
function createWitness(everyEvent = true) {
  const told: string[] = [];
  const listener: Listener = { everyEvent, onEvent: ({ type }) => void told.push(type) };
  return { told, listener };
}

/** A journal that keeps each event when it is told to. */
function createSlowJournal(log: string[]): Journal {
  return {
    append: ({ type }) => {
      log.push(`append ${type}`);
      return { offset: 0, kept: delay(5).then(() => void log.push(`kept ${type}`)) };
    },
    refuse() {},
    standingAt: () => 'untouched',
    line: () => '',
    async close() {},
  };
}

describe('the bus of events', () => {
  it('tells any number of listeners, each from when it came until it left', () => {
    const bus = createBus();
    const emit = bus.createEmit({ journal: null, reducer: createReduced(), own: null });
    const [all, quiet, leaving] = [createWitness(), createWitness(false), createWitness()];
    bus.subscribe(all.listener);
    bus.subscribe(quiet.listener);
    const leave = bus.subscribe(leaving.listener);
    for (const event of events) {
      void emit(event);
      if (event.type === 'job_started') leave();
    }
    expect(all.told).toEqual(events.map(({ type }) => type));
    const failed = events.filter(
      (event) => !event.type.startsWith('image_') || isImageFailed(event),
    );
    expect(quiet.told).toEqual(failed.map(({ type }) => type));
    expect(quiet.told.filter((type) => type === 'image_finished')).toHaveLength(1);
    expect(leaving.told).toEqual(['job_started']);
  });

  it('tells whoever listens to one job of that job alone', () => {
    const bus = createBus();
    const [mine, other] = [createWitness(), createWitness()];
    const emits = [mine, other].map(({ listener }) =>
      bus.createEmit({ journal: null, reducer: createReduced(), own: listener }),
    );
    for (const event of events) void emits[0]?.(event);
    expect(mine.told).toHaveLength(events.length);
    expect(other.told).toEqual([]);
  });

  it('has an event in the journal before it is in the reducer, and kept before anybody is told', async () => {
    const log: string[] = [];
    const bus = createBus();
    const reducer = createReduced();
    const counted: typeof reducer = {
      ...reducer,
      apply(event, offset) {
        log.push(`reduce ${event.type}`);
        reducer.apply(event, offset);
      },
    };
    bus.subscribe({ everyEvent: true, onEvent: ({ type }) => void log.push(`tell ${type}`) });
    const emit = bus.createEmit({ journal: createSlowJournal(log), reducer: counted, own: null });
    for (const event of events.slice(0, 1)) await emit(event);
    expect(log).toEqual([
      'append job_started',
      'reduce job_started',
      'kept job_started',
      'tell job_started',
    ]);
  });

  it('counts events in the order they happened, however long a reader takes over each', async () => {
    const bus = createBus();
    const reducer = createReduced();
    bus.subscribe({ everyEvent: true, onEvent: () => delay(Math.random() * 5) });
    const emit = bus.createEmit({ journal: null, reducer, own: null });
    await Promise.all(events.map((event) => emit(event)));
    expect(reducer.summary().stores).toMatchObject({ completed: 2, failed: 1, pending: 0 });
  });

  it('waits for all who are to be waited for', async () => {
    const bus = createBus();
    const done: string[] = [];
    for (const [name, ms] of [
      ['slow', 20],
      ['slower', 40],
    ] as const) {
      bus.subscribe({
        everyEvent: true,
        onEvent: () => delay(ms).then(() => void done.push(name)),
      });
    }
    const emit = bus.createEmit({ journal: null, reducer: createReduced(), own: null });
    const [first] = events;
    if (first) await emit(first);
    expect(done).toEqual(['slow', 'slower']);
  });

  it('keeps image_started out of the journal', () => {
    const log: string[] = [];
    const bus = createBus();
    const journal = createSlowJournal(log);
    const emit = bus.createEmit({ journal, reducer: createReduced(), own: null });
    const started = events.filter((event: JobEvent) => event.type === 'image_started');
    for (const event of started) void emit(event);
    expect(started.length).toBeGreaterThan(0);
    expect(log).toEqual([]);
  });
});

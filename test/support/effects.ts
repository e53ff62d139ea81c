import type { Effects, Size } from '../../src/job/effects.ts';
import type { JobTask } from '../../src/job/job.ts';
import { createSlots } from '../../src/job/slots.ts';
import { createStoreRunner } from '../../src/job/store.ts';
import type { Manifest, Store } from '../../src/manifest/manifest.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';

export const OPTIONS: JobOptions = { ...DEFAULTS, concurrency: 4 };

/** As results have it; effects answer it with a reason, which it has none of. */
export const NOT_FOUND: ImageError = {
  code: 'http-status',
  message: '404 Not Found',
  http_status: 404,
  host: 'img.example',
};

/** Virtual time: it stands still until every task rests, then jumps to the next timer. */
export function createVirtualTime() {
  const timers: { at: number; fire: () => void }[] = [];
  let now = 0;
  let scheduled = false;
  function advance(): void {
    scheduled = false;
    timers.sort((a, b) => a.at - b.at);
    const next = timers.shift();
    if (!next) return;
    now = next.at;
    next.fire();
    schedule();
  }
  function schedule(): void {
    if (scheduled || timers.length === 0) return;
    scheduled = true;
    setImmediate(advance);
  }
  return {
    elapsed: () => now,
    sleep: (ms: number) =>
      new Promise<void>((resolve) => {
        timers.push({ at: now + ms, fire: resolve });
        schedule();
      }),
  };
}

export type TestEffects = Effects & { events: JobEvent[] };

/**
 * Effects without a world: a URL that contains `404` fails, others are 40×30
 * images of 100 bytes that take 10 virtual ms to come; time is virtual.
 */
export function createTestEffects(overrides: Partial<Effects> = {}): TestEffects {
  const time = createVirtualTime();
  const events: JobEvent[] = [];
  const size: Size = { width: 40, height: 30, format: 'png' };
  return {
    events,
    async fetch(url, { onBytes, onHost }) {
      onHost('img.example');
      await time.sleep(10);
      if (url.includes('404')) return { fault: { ...NOT_FOUND, reason: null }, bytes: null };
      onBytes(100);
      return { size, bytes: 100, sha256: null, chunks: null, saved: null };
    },
    async work() {
      await time.sleep(400);
      return null;
    },
    unsave: null,
    turn: () => undefined,
    sleep: time.sleep,
    now: () => Date.UTC(2026, 0, 1) + time.elapsed(),
    elapsed: time.elapsed,
    random: () => 0.5,
    emit(event) {
      events.push(event);
    },
    ...overrides,
  };
}

/** A manifest in memory: a list of URLs for each store, named S1, S2, … */
export function createManifest(stores: string[][], job_id = 'test-job'): Manifest {
  return {
    job_id,
    store_count: stores.length,
    image_counts: Uint32Array.from(stores, (images) => images.length),
    store: async (position): Promise<Store> => ({
      store_id: `S${position + 1}`,
      visit_time: null,
      images: stores[position] ?? [],
    }),
    close: async () => {},
  };
}

/** So many stores of so many good images. */
export function equalStores(stores: number, images: number): string[][] {
  return Array.from({ length: stores }, (_, store) =>
    Array.from({ length: images }, (__, image) => `http://img.example/${store}/${image}.png`),
  );
}

/** A task of `runJobTask` that keeps its results in memory; every event goes into its reducer. */
export function createJobTask(
  manifest: Manifest,
  effects: Effects,
  overrides: Partial<JobTask> = {},
): JobTask {
  const results = createMemoryResults();
  const task: Omit<JobTask, 'stores'> = {
    manifest,
    results,
    reducer: createReducer(manifest, results),
    options: OPTIONS,
    slots: createSlots(OPTIONS.concurrency),
    key: manifest.job_id,
    signal: new AbortController().signal,
    resume: null,
    takeOver: null,
    isWhole: null,
    effects,
    ...overrides,
  };
  const emit: Effects['emit'] = (event) => {
    const kept = effects.emit(event);
    task.reducer.apply(event);
    return kept;
  };
  const reducing = { ...effects, emit };
  return {
    ...task,
    effects: reducing,
    stores: createStoreRunner(reducing, task.options.concurrency),
  };
}

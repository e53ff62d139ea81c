import { onAbort } from '../abort.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import { isWithinBudget } from '../options/failure-budget.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { JobEvent } from '../results/events.ts';
import type { Reducer } from '../results/reducer.ts';
import type { JobStatus } from '../results/results-schema.ts';
import type { ResultsStore } from '../results/results-store.ts';
import { timestamp } from '../time.ts';
import type { Effects } from './effects.ts';
import { firstLost, type IsWhole, withoutLost } from './lost-results.ts';
import type { Slots } from './slots.ts';
import type { StoreHooks, StoreRunner } from './store-runner.ts';
import { type TakeOver, takeOverResults } from './take-over.ts';

/** How a job goes on that has run before. */
export type Resume = {
  /** Failed stores are done again, from their failed image on. */
  retry_failed: boolean;
  /** What is other than it was. */
  options: Partial<JobOptions>;
};

export type JobTask = {
  manifest: Manifest;
  /** The file its manifest was read from; absent if that was not a file. */
  manifest_path?: string;
  options: JobOptions;
  slots: Slots;
  /** Names the job where it waits for slots. */
  key: string;
  /** What runs its stores. */
  stores: StoreRunner;
  effects: Effects;
  /** How the job stands. */
  reducer: Reducer;
  results: ResultsStore;
  /** Null for a job that starts. */
  resume: Resume | null;
  /** Of a job that starts; null where it takes nothing over. */
  takeOver: TakeOver | null;
  /** Whether all is still there that a result of before names; null where nothing can be missing. */
  isWhole: IsWhole | null;
  /** Aborted to stop the job; the reason is the name of the signal that did it (`SIGINT`). */
  signal: AbortSignal;
};

/**
 * Runs the stores of one job concurrently and says how it stands at the end:
 * `ongoing` when it was stopped before all stores had ended. Of a resumed job
 * only what has no result is done; one with nothing left emits nothing.
 * Rejects when an awaited emit does (the journal can't be written) or a store
 * can't be read from the manifest, after all of its stores have come to rest.
 */
export async function runJobTask(task: JobTask): Promise<JobStatus> {
  const { manifest, effects, reducer, stores, signal } = task;
  const underWay = await stores.takeUp({
    ...{ job_id: manifest.job_id, manifest, reducer, results: task.results, emit: effects.emit },
    isNew: task.resume === null,
  });
  const lacking = await storesThatLack(task);
  if (task.resume && !hasWork(reducer, task.resume) && lacking.size === 0) return reducer.status();
  await effects.emit(openingEvent(task));
  if (task.takeOver) await takeOverResults({ manifest, effects, takeOver: task.takeOver });
  const isOver = failFast(task);
  await runStores(task, { lacking, underWay: new Set(underWay) }, isOver);
  if (isOver() && !signal.aborted) await skipRest(task);
  const { ongoing, pending, failed } = reducer.summary().stores;
  const t = timestamp(effects);
  const { job_id } = manifest;
  if (ongoing + pending > 0) {
    await effects.emit({ t, type: 'job_interrupted', job_id, signal: String(signal.reason) });
  } else {
    const status = failed > 0 ? 'failed' : 'completed';
    await effects.emit({ t, type: 'job_finished', job_id, status });
  }
  return reducer.status();
}

/** Whether more stores have failed than may before the job stops; with `fail_fast` alone. */
function failFast({ options, reducer }: JobTask): () => boolean {
  if (!options.fail_fast) return () => false;
  let failed = -1;
  let isOver = false;
  const look = () => {
    const now = reducer.failedStores();
    // A failed store that gets back what it lacks counts for none meanwhile.
    if (now > failed) isOver ||= !isWithinBudget(options.allow_failures, reducer.summary().stores);
    failed = Math.max(failed, now);
    return isOver;
  };
  look();
  return look;
}

// Waiting for each would take a write each.
const SKIPPED_AT_ONCE = 1000;

/** Ends the stores that have not ended: the job stops at a failure elsewhere. */
async function skipRest({ manifest, effects, reducer, signal }: JobTask): Promise<void> {
  const { job_id, store_count } = manifest;
  let emitted: (void | Promise<void>)[] = [];
  for (let store = 0; store < store_count && !signal.aborted; store += 1) {
    if (reducer.hasEnded(store)) continue;
    const t = timestamp(effects);
    const ended = { status: 'skipped', error: null } as const;
    emitted.push(effects.emit({ t, type: 'store_finished', job_id, store, ...ended }));
    if (emitted.length < SKIPPED_AT_ONCE) continue;
    await Promise.all(emitted);
    emitted = [];
  }
  await Promise.all(emitted);
}

function hasWork(reducer: Reducer, { retry_failed }: Resume): boolean {
  return reducer.status() === 'ongoing' || (retry_failed && reducer.status() === 'failed');
}

function openingEvent(task: JobTask): JobEvent {
  const { manifest, manifest_path, options, effects, resume } = task;
  const { job_id, store_count } = manifest;
  const t = timestamp(effects);
  if (resume) return { t, type: 'job_resumed', job_id, ...resume };
  return {
    t,
    type: 'job_started',
    job_id,
    schema_version: 1,
    stores: store_count,
    images: countImages(manifest),
    ...(manifest_path === undefined ? {} : { manifest_path }),
    options,
  };
}

/** Stores that are not as new, by position. */
type StandingStores = {
  /** Those that have ended, but lack something that their results name. */
  lacking: ReadonlySet<number>;
  /** Those that an earlier run has left under way, and that go on. */
  underWay: ReadonlySet<number>;
};

/**
 * As many pullers as can run at once, each asking for a slot for its next
 * store: however many stores a job has, only the cap of them are ever queued.
 */
async function runStores(
  task: JobTask,
  standing: StandingStores,
  isOver: () => boolean,
): Promise<void> {
  const stop = new AbortController();
  const forget = onAbort(task.signal, () => stop.abort(task.signal.reason));
  const { lacking } = standing;
  const order = longestFirst(task, standing);
  let next = 0;

  const pull = async () => {
    while (next < order.length && !stop.signal.aborted) {
      const position = order[next] ?? 0;
      next += 1;
      // What had ended gets back what it lacks, however the others end.
      const isStopped = lacking.has(position) ? never : isOver;
      if (isStopped()) continue;
      await task.effects.turn();
      if (stop.signal.aborted) return;
      await runInSlot(task, position, { signal: stop.signal, isOver: isStopped });
    }
  };
  const pullers = Array.from({ length: Math.min(task.stores.most, order.length) }, () =>
    pull().catch((error: unknown) => {
      stop.abort('error');
      throw error;
    }),
  );
  const settled = await Promise.allSettled(pullers);
  forget();
  for (const puller of settled) if (puller.status === 'rejected') throw puller.reason;
}

const never = () => false;

/** Stores that have ended, but have more to do. */
async function storesThatLack(task: JobTask): Promise<Set<number>> {
  const { manifest, reducer, results, resume, signal } = task;
  const lacking = new Set<number>();
  if (!task.isWhole || !resume) return lacking;
  for (let position = 0; position < manifest.store_count; position += 1) {
    if (!reducer.hasEnded(position)) continue;
    // What was not looked at may lack something.
    const isLacking =
      signal.aborted || (await firstLost(await results.read(position), task.isWhole)) !== null;
    if (isLacking) lacking.add(position);
  }
  return lacking;
}

/**
 * The stores that have not ended, by the number of images: a long store that
 * starts last would be waited for alone. Those that are under way come first.
 */
function longestFirst(
  { manifest: { image_counts }, reducer }: JobTask,
  { lacking, underWay }: StandingStores,
): Uint32Array {
  const count = (position: number) =>
    underWay.has(position) ? Number.POSITIVE_INFINITY : (image_counts[position] ?? 0);
  return image_counts
    .map((_, position) => position)
    .filter((position) => !reducer.hasEnded(position) || lacking.has(position))
    .sort((a, b) => (count(a) === count(b) ? a - b : count(b) - count(a)));
}

function runInSlot(
  { manifest, options, slots, key, stores, effects, results, ...task }: JobTask,
  position: number,
  stopping: Pick<StoreHooks, 'signal' | 'isOver'>,
): Promise<unknown> {
  const { job_id } = manifest;
  const mayBeKnown = task.resume !== null || task.takeOver !== null;
  return slots.slot(
    key,
    async (show) => {
      const store = await manifest.store(position);
      const before = mayBeKnown ? await results.read(position) : [];
      // What was taken over is known to be there.
      const isWhole = task.resume && task.isWhole;
      const known = isWhole ? await withoutLost(before, isWhole) : before;
      const hooks: StoreHooks = { ...stopping, emit: effects.emit, show };
      return stores.run({ job_id, position, store, known, options }, hooks);
    },
    stopping.signal,
  );
}

import type { JobEvent } from '../results/events.ts';
import { namedFiles } from '../results/named-files.ts';
import type { ImageResult, StoreError } from '../results/results-schema.ts';
import { storeError } from '../results/store-error.ts';
import type { EndedStatus } from '../results/store-states.ts';
import { timestamp } from '../time.ts';
import type { Effects } from './effects.ts';
import { failedImage } from './finish-image.ts';
import { createPrefetch, type Prefetch } from './prefetch.ts';
import {
  beginImage,
  type Finished,
  type ImageSource,
  type ImageTask,
  type Retry,
} from './process.ts';
import type { SlotActivity } from './slots.ts';
import type { StoreEnd, StoreHooks, StoreRunner, StoreTask } from './store-runner.ts';
import { workImage } from './work-image.ts';

/** Runs stores in this process, so many at once. What a process had under way ends with it. */
export function createStoreRunner(effects: Effects, most: number): StoreRunner {
  return {
    most,
    takeUp: async () => [],
    run: (task, hooks) => runStore(task, hooks, effects),
  };
}

/**
 * Works through one store: its images strictly one after another, up to the
 * first that fails, or with `keep_going` to the last. This is the unit of work
 * that a slot runs. A store whose signal is aborted in its middle emits no end.
 */
async function runStore(
  task: StoreTask,
  hooks: StoreHooks,
  effects: Effects,
): Promise<StoreEnd | null> {
  const { job_id, position: store } = task;
  if (hooks.signal.aborted || hooks.isOver()) return null;
  const { store_id } = task.store;
  void hooks.emit({ t: timestamp(effects), type: 'store_started', job_id, store, store_id });
  const end = await runImages(task, hooks, effects);
  if (!end) return null;
  const t = timestamp(effects);
  await hooks.emit({ t, type: 'store_finished', job_id, store, ...end });
  return end;
}

/** How the store ended; null when its signal was aborted. */
async function runImages(
  task: StoreTask,
  hooks: StoreHooks,
  effects: Effects,
): Promise<StoreEnd | null> {
  const { store, options } = task;
  const run: ImageRun = {
    ...{ task, hooks, effects },
    activity: newActivity(task, hooks, effects),
    // One function for all images of a store: what was made for each would be garbage that lives long.
    source: {
      ...{ store, options, effects, isTaken: namedFiles(task.known) },
      onRetry: (image, retry) => tellRetry(run, image, retry),
      onLog: (image, text, batch) => tellLog(run, image, text, batch),
    },
    prefetch: null,
  };
  run.prefetch = options.prefetch ? createPrefetch(task, hooks, run.source) : null;
  let failure: StoreError | null = null;
  try {
    for (let index = 0; index < store.images.length; index += 1) {
      const known = task.known[index];
      if (!known && hooks.isOver()) return endOf(failure, 'skipped');
      const result = known ?? (await runImage(run, index));
      if (!result) return null;
      failure ??= storeError(result, index);
      if (failure && !options.keep_going) break;
    }
    return endOf(failure, 'completed');
  } finally {
    run.prefetch?.drop();
  }
}

function endOf(error: StoreError | null, otherwise: EndedStatus): StoreEnd {
  return { status: error ? 'failed' : otherwise, error };
}

function newActivity(
  { job_id, position, store }: StoreTask,
  { show }: StoreHooks,
  { elapsed }: Effects,
): SlotActivity {
  const activity: SlotActivity = {
    job_id,
    store: position,
    store_id: store.store_id,
    images: store.images.length,
    image: 0,
    phase: 'download',
    bytes: 0,
    since: elapsed(),
    host: null,
    worker: null,
  };
  show(activity);
  return activity;
}

/** What the images of a store that runs go through one after another. */
type ImageRun = {
  task: StoreTask;
  hooks: StoreHooks;
  effects: Effects;
  source: ImageSource;
  activity: SlotActivity;
  prefetch: Prefetch | null;
};

/**
 * One image's result, kept before it is answered. Null when it was cut off:
 * then it stays pending and leaves no trace.
 */
async function runImage(run: ImageRun, image: number): Promise<ImageResult | null> {
  const { hooks, effects, source, activity, prefetch } = run;
  const { signal } = hooks;
  const ahead = prefetch?.take(image) ?? null;
  const turn = ahead ? undefined : effects.turn();
  if (turn) await turn;
  if (signal.aborted) return null;
  const begun = ahead?.begun ?? beginImage(source, image, activity, signal);
  announce(run, begun.image);
  if (ahead) for (const retry of ahead.retries) tellRetry(run, begun.image, retry);
  const fetched = await begun.fetched;
  if (signal.aborted) return null;
  if (!('fault' in fetched)) prefetch?.begin(image + 1, activity);
  const finished =
    'fault' in fetched ? failedImage(fetched, effects) : await workImage(fetched, effects);
  if (signal.aborted) return null;
  await hooks.emit(finishedEvent(run, image, finished));
  return finished.result;
}

function finishedEvent(
  { task: { job_id, position: store }, effects }: ImageRun,
  image: number,
  { result, reason }: Finished,
): JobEvent {
  const t = timestamp(effects);
  const type = 'image_finished';
  if (reason === null) return { t, type, job_id, store, image, result };
  return { t, type, job_id, store, image, reason, result };
}

/** It is the image's turn: it is shown, and what happens to it is told from now on. */
function announce({ task, hooks, effects }: ImageRun, { index: image, url, activity }: ImageTask) {
  hooks.show(activity);
  const t = timestamp(effects);
  const { job_id, position: store } = task;
  void hooks.emit({ t, type: 'image_started', job_id, store, image, url });
}

function tellRetry({ task, hooks, effects }: ImageRun, image: ImageTask, retry: Retry): void {
  const { code, reason, http_status, host } = retry.fault;
  const { attempt, bytes, download_ms, work_ms, wait_ms } = retry;
  void hooks.emit({
    t: timestamp(effects),
    type: 'image_retrying',
    job_id: task.job_id,
    store: task.position,
    image: image.index,
    ...(work_ms !== null && { step: 'work' as const }),
    ...{ attempt, code, ...(reason && { reason }), http_status, host },
    ...{ bytes, download_ms, ...(work_ms !== null && { work_ms }), wait_ms },
  });
}

function tellLog(
  { task: { job_id, position: store }, hooks, effects }: ImageRun,
  { index: image }: ImageTask,
  text: string,
  batch: number,
): void {
  const t = timestamp(effects);
  const more = batch > 1 ? { batch } : {};
  void hooks.emit({ t, type: 'work_log', job_id, store, image, ...more, text });
}

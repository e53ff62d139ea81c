import type { Store } from '../manifest/manifest.ts';
import type { ImageResult, StoreError } from '../results/results-schema.ts';
import type { EndedStatus } from '../results/store-states.ts';
import { timestamp } from '../time.ts';
import type { Effects } from './effects.ts';
import { createPrefetch, type Prefetch } from './prefetch.ts';
import {
  beginImage,
  failedImage,
  type ImageSource,
  type ImageTask,
  type Retry,
  workImage,
} from './process.ts';
import type { RetryOptions } from './retry.ts';
import type { SlotActivity } from './slots.ts';

export type StoreOptions = RetryOptions & {
  /** Whether an image is fetched while the one before it is worked on. */
  prefetch: boolean;
  /** Whether a failed image does not stop the store. */
  keep_going: boolean;
};

export type StoreTask = {
  job_id: string;
  /** Position in the manifest. */
  position: number;
  store: Store;
  /** Results of its images from an earlier run of the job, by position: these are not done again. */
  known: readonly (ImageResult | undefined)[];
  signal: AbortSignal;
  /** Whether the job is to stop in good order: no further image begins. */
  isOver(): boolean;
  options: StoreOptions;
  effects: Effects;
  /** Makes what the store is doing visible in its slot. */
  show(activity: SlotActivity): void;
};

type StoreEnd = { status: EndedStatus; error: StoreError | null };

/**
 * Works through one store: its images strictly one after another, up to the
 * first that fails, or with `keep_going` to the last. This is the unit of work
 * that a slot runs. A store whose signal is aborted in its middle emits no end.
 */
export async function runStore(task: StoreTask): Promise<void> {
  const { job_id, position, store, signal, effects } = task;
  if (signal.aborted || task.isOver()) return;
  void effects.emit({
    t: timestamp(effects),
    type: 'store_started',
    job_id,
    store: position,
    store_id: store.store_id,
  });
  const ended = await runImages(task);
  if (!ended) return;
  await effects.emit({
    t: timestamp(effects),
    type: 'store_finished',
    job_id,
    store: position,
    ...ended,
  });
}

/** A store's error is that of the image that stopped it. */
export function storeError(result: ImageResult, image: number): StoreError | null {
  if (!result.error) return null;
  return { code: result.error.code, message: result.error.message, image, url: result.url };
}

/** How the store ended; its error is that of its first failed image. Null when its signal was aborted. */
async function runImages(task: StoreTask): Promise<StoreEnd | null> {
  const { store, options, effects } = task;
  const source = { store, options, effects, onRetry: createOnRetry(task) };
  const activity = newActivity(task);
  const prefetch = options.prefetch ? createPrefetch(task, source) : null;
  let failure: StoreError | null = null;
  try {
    for (let index = 0; index < store.images.length; index += 1) {
      const image = { source, index, activity, prefetch };
      const known = task.known[index];
      if (!known && task.isOver()) return endOf(failure, 'skipped');
      const result = known ?? (await runImage(task, image));
      if (!result) return null;
      failure ??= storeError(result, index);
      if (failure && !options.keep_going) break;
    }
    return endOf(failure, 'completed');
  } finally {
    prefetch?.drop();
  }
}

function endOf(error: StoreError | null, otherwise: EndedStatus): StoreEnd {
  return { status: error ? 'failed' : otherwise, error };
}

function newActivity({ job_id, position, store, effects, show }: StoreTask): SlotActivity {
  const activity: SlotActivity = {
    job_id,
    store: position,
    store_id: store.store_id,
    images: store.images.length,
    image: 0,
    phase: 'download',
    bytes: 0,
    since: effects.elapsed(),
    host: null,
  };
  show(activity);
  return activity;
}

type NextImage = {
  source: ImageSource;
  index: number;
  activity: SlotActivity;
  prefetch: Prefetch | null;
};

/**
 * One image's result, kept before it is answered. Null when it was cut off:
 * then it stays pending and leaves no trace.
 */
async function runImage(
  task: StoreTask,
  { source, index, activity, prefetch }: NextImage,
): Promise<ImageResult | null> {
  const { job_id, position, signal, effects } = task;
  let begun = prefetch?.take(index) ?? null;
  const turn = begun ? undefined : effects.turn();
  if (turn) await turn;
  if (signal.aborted) return null;
  begun ??= beginImage(source, index, activity, signal);
  announce(task, begun.image);
  const fetched = await begun.fetched;
  if (signal.aborted) return null;
  if (!('fault' in fetched)) prefetch?.begin(index + 1, activity);
  const result =
    'fault' in fetched ? failedImage(fetched, effects) : await workImage(fetched, effects);
  if (signal.aborted) return null;
  const t = timestamp(effects);
  await effects.emit({ t, type: 'image_finished', job_id, store: position, image: index, result });
  return result;
}

/** It is the image's turn: what happens to it is told from now on, with what has happened so far. */
function announce(task: StoreTask, image: ImageTask): void {
  const { job_id, position, effects } = task;
  task.show(image.activity);
  void effects.emit({
    t: timestamp(effects),
    type: 'image_started',
    job_id,
    store: position,
    image: image.index,
    url: image.url,
  });
  image.isTold = true;
  for (const retry of image.missed ?? []) tellRetry(task, image, retry);
}

/** One function for all images of a store: what was made for each would be garbage that lives long. */
function createOnRetry(task: StoreTask): ImageTask['onRetry'] {
  return (image, retry) => {
    if (image.isTold) tellRetry(task, image, retry);
    else image.missed = [...(image.missed ?? []), retry];
  };
}

function tellRetry({ job_id, position, effects }: StoreTask, image: ImageTask, retry: Retry): void {
  const { code, http_status, host } = retry.fault;
  const { attempt, bytes, download_ms, wait_ms } = retry;
  void effects.emit({
    t: timestamp(effects),
    type: 'image_retrying',
    job_id,
    store: position,
    image: image.index,
    ...{ attempt, code, http_status, host, bytes, download_ms, wait_ms },
  });
}

import { type Effects, timestamp } from './effects.ts';
import type { Store } from './manifest.ts';
import { failedImage, fetchImage, type ImageTask, workImage } from './process.ts';
import type { RetryOptions } from './retry.ts';
import type { ImageResult, StoreError } from './schema.ts';
import type { SlotActivity } from './slots.ts';

export type StoreTask = {
  job_id: string;
  /** Position in the manifest. */
  position: number;
  store: Store;
  /** Results of its images from an earlier run of the job, by position: these are not done again. */
  known: readonly (ImageResult | undefined)[];
  signal: AbortSignal;
  retry: RetryOptions;
  effects: Effects;
  /** Makes the store visible in its slot. */
  show(activity: SlotActivity): void;
};

/**
 * Works through one store: its images strictly one after another, up to the
 * first that fails. This is the unit of work that a slot runs. A store that is
 * told to stop in its middle emits no end.
 */
export async function runStore(task: StoreTask): Promise<void> {
  const { job_id, position, store, signal, effects } = task;
  if (signal.aborted) return;
  void effects.emit({
    t: timestamp(effects),
    type: 'store_started',
    job_id,
    store: position,
    store_id: store.store_id,
  });
  const activity = showStore(task);
  let error: StoreError | null = null;
  for (const [index, url] of store.images.entries()) {
    const result = task.known[index] ?? (await finishImage(task, activity, index, url));
    if (!result) return;
    error = storeError(result, index);
    if (error) break;
  }
  await effects.emit({
    t: timestamp(effects),
    type: 'store_finished',
    job_id,
    store: position,
    status: error ? 'failed' : 'completed',
    error,
  });
}

/** A store's error is that of the image that stopped it. */
export function storeError(result: ImageResult, image: number): StoreError | null {
  if (!result.error) return null;
  return { code: result.error.code, message: result.error.message, image, url: result.url };
}

function showStore({ job_id, position, store, effects, show }: StoreTask): SlotActivity {
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

/** One image's result, kept before it is answered; null when it was cut off. */
async function finishImage(
  task: StoreTask,
  activity: SlotActivity,
  index: number,
  url: string,
): Promise<ImageResult | null> {
  const result = await runImage(task, activity, index, url);
  if (!result) return null;
  await task.effects.emit({
    t: timestamp(task.effects),
    type: 'image_finished',
    job_id: task.job_id,
    store: task.position,
    image: index,
    result,
  });
  return result;
}

/** One image's result, or null when it was cut off: it stays pending and leaves no trace. */
async function runImage(
  { job_id, position, store, signal, retry, effects }: StoreTask,
  activity: SlotActivity,
  index: number,
  url: string,
): Promise<ImageResult | null> {
  if (signal.aborted) return null;
  const started_at = timestamp(effects);
  activity.image = index;
  void effects.emit({
    t: started_at,
    type: 'image_started',
    job_id,
    store: position,
    image: index,
    url,
  });
  const image: ImageTask = {
    url,
    store_id: store.store_id,
    index,
    started_at,
    activity,
    signal,
    retry,
    onRetry: ({ attempt, fault: { code, http_status, host }, bytes, download_ms, wait_ms }) =>
      void effects.emit({
        t: timestamp(effects),
        type: 'image_retrying',
        job_id,
        store: position,
        image: index,
        ...{ attempt, code, http_status, host, bytes, download_ms, wait_ms },
      }),
  };
  const fetched = await fetchImage(image, effects);
  if (signal.aborted) return null;
  if ('fault' in fetched) return failedImage(fetched, effects);
  const result = await workImage(fetched, effects);
  return signal.aborted ? null : result;
}

import { messageOf } from '../errors.ts';
import type { Store } from '../manifest/manifest.ts';
import type { ImageResult, Json } from '../results/results-schema.ts';
import { timestamp } from '../time.ts';
import { type Body, createBody } from './body.ts';
import type { Chunks, Effects, Fault, RetryableFault, Size, WorkImage } from './effects.ts';
import { createFault, isFault, isRetryable } from './effects.ts';
import { type RetryOptions, retryDelay } from './retry.ts';
import type { SlotActivity } from './slots.ts';

/** The most characters of what work threw that are kept. */
const MAX_MESSAGE = 500;

/** One image of a store, and where it is shown while it is worked on. */
export type ImageTask = {
  url: string;
  store_id: string;
  index: number;
  /** ISO time of its start. */
  started_at: string;
  activity: SlotActivity;
  signal: AbortSignal;
  options: RetryOptions;
  /** Whether it is the image's turn: one that is fetched ahead keeps its retries to itself. */
  isTold: boolean;
  /** Retries that nobody was told of yet. */
  missed: Retry[] | null;
  /** Called before the wait for each further attempt. */
  onRetry(image: ImageTask, retry: Retry): void;
};

/** An image whose download has begun. */
export type Begun = { image: ImageTask; fetched: Promise<Fetched | Failed> };

/** An attempt that failed with trouble that may pass. */
export type Retry = {
  /** Counted from 1. */
  attempt: number;
  fault: Fault;
  bytes: number;
  download_ms: number;
  wait_ms: number;
};

/**
 * What is known of an image after its download, however it ended. No object of
 * an image is made by spreading another: V8 makes a hidden class each time,
 * which stays until the next full collection with all that hangs on it.
 */
type Downloaded = {
  task: ImageTask;
  /** Monotonic milliseconds of the image's start. */
  begun: number;
  /** Decoded bytes of body received by the last attempt; null when no image body began. */
  bytes: number | null;
  attempts: number;
  download_ms: number;
};
export type Fetched = Downloaded & { size: Size; chunks: Chunks };
export type Failed = Downloaded & { fault: Fault };

/** What the images of a store have in common. */
export type ImageSource = {
  store: Store;
  options: RetryOptions;
  effects: Effects;
  onRetry: ImageTask['onRetry'];
};

/** Begins to fetch an image of a store. */
export function beginImage(
  { store, options, effects, onRetry }: ImageSource,
  index: number,
  activity: SlotActivity,
  signal: AbortSignal,
): Begun {
  const image: ImageTask = {
    url: store.images[index] ?? '',
    store_id: store.store_id,
    index,
    started_at: timestamp(effects),
    activity,
    signal,
    options,
    isTold: false,
    missed: null,
    onRetry,
  };
  activity.image = index;
  return { image, fetched: fetchImage(image, effects) };
}

/**
 * Downloads and measures one image, again after trouble that may pass.
 * Whatever goes wrong is a value; what nobody foresaw becomes an `internal`
 * fault of this image alone.
 */
export async function fetchImage(task: ImageTask, effects: Effects): Promise<Fetched | Failed> {
  const begun = effects.elapsed();
  for (let attempt = 1; ; attempt += 1) {
    const attemptBegun = attempt === 1 ? begun : effects.elapsed();
    show(task.activity, 'download', attemptBegun);
    const body = createBody(effects);
    let outcome: Size | Fault | RetryableFault;
    try {
      const received = await download(task, effects, body);
      outcome = isFault(received) ? received : body.measure(received);
    } catch (error) {
      outcome = createFault('internal', messageOf(error));
    }
    const bytes = body.bytes();
    const download_ms = Math.round(effects.elapsed() - attemptBegun - body.waited());
    const attempts = attempt;
    if (!isFault(outcome)) {
      const chunks = body.chunks();
      return { task, begun, bytes, attempts, download_ms, size: outcome, chunks };
    }
    const { code, message, http_status, host } = outcome;
    const fault = { code, message, http_status, host };
    const failed = { task, begun, bytes, attempts, download_ms, fault };
    const isLast = attempt > task.options.retries || task.signal.aborted;
    if (isLast || !isRetryable(outcome)) return failed;
    const wait_ms = retryDelay(attempt, outcome.retry_after_ms, task.options, effects.random);
    task.onRetry(task, { attempt, fault, bytes: bytes ?? 0, download_ms, wait_ms });
    show(task.activity, 'retry', effects.elapsed() + wait_ms);
    await effects.sleep(wait_ms, task.signal);
    if (task.signal.aborted) return failed;
  }
}

/** Runs the work step of a measured image; what it throws is a `work` fault of this image. */
export async function workImage(fetched: Fetched, effects: Effects): Promise<ImageResult> {
  const { task, size } = fetched;
  const { width, height, format } = size;
  const image: WorkImage = {
    width,
    height,
    format,
    url: task.url,
    store_id: task.store_id,
    index: task.index,
    chunks: fetched.chunks,
  };
  let waited = 0;
  const onWait = (ms: number) => {
    waited += ms;
  };
  const begun = effects.elapsed();
  show(task.activity, 'work', begun);
  let output: Json = null;
  let error: Fault | null = null;
  try {
    output = await effects.work(image, { signal: task.signal, onWait });
  } catch (thrown) {
    error = createFault('work', messageOf(thrown).slice(0, MAX_MESSAGE));
  }
  const work_ms = Math.round(effects.elapsed() - begun - waited);
  return result(fetched, effects, { size, work_ms, output, error });
}

/** The result of an image that failed before its work. */
export function failedImage(failed: Failed, effects: Effects): ImageResult {
  return result(failed, effects, { size: null, work_ms: null, output: null, error: failed.fault });
}

function show(activity: SlotActivity, phase: SlotActivity['phase'], since: number): void {
  activity.phase = phase;
  activity.since = since;
  if (phase === 'download') {
    activity.bytes = 0;
    activity.host = null;
  }
}

function download(task: ImageTask, effects: Effects, body: Body): ReturnType<Effects['download']> {
  const { activity } = task;
  return effects.download(task.url, body.sink, {
    signal: task.signal,
    onBytes(count) {
      activity.bytes += count;
      activity.since = effects.elapsed();
    },
    onHost(host) {
      activity.host = host;
    },
    onWait: body.onWait,
  });
}

type Ending = Pick<ImageResult, 'work_ms' | 'output' | 'error'> & { size: Size | null };

function result(downloaded: Downloaded, effects: Effects, ending: Ending): ImageResult {
  const { size, work_ms, output, error } = ending;
  const perimeter = size ? 2 * (size.width + size.height) : null;
  return {
    url: downloaded.task.url,
    status: error ? 'failed' : 'completed',
    width: size?.width ?? null,
    height: size?.height ?? null,
    perimeter,
    twice_perimeter: perimeter === null ? null : 2 * perimeter,
    format: size?.format ?? null,
    bytes: downloaded.bytes,
    attempts: downloaded.attempts,
    started_at: downloaded.task.started_at,
    duration_ms: Math.round(effects.elapsed() - downloaded.begun),
    download_ms: downloaded.download_ms,
    work_ms,
    output,
    error,
  };
}

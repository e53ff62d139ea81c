import { ImgjobError, messageOf } from '../errors.ts';
import type { Store } from '../manifest/manifest.ts';
import type { Reason } from '../results/reasons.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { timestamp } from '../time.ts';
import type {
  Chunks,
  Effects,
  FailedAttempt,
  Fault,
  Measured,
  SavedBody,
  Size,
} from './effects.ts';
import { createFault, isRetryable } from './effects.ts';
import { type RetryOptions, retryDelay } from './retry.ts';
import { type SlotActivity, showPhase } from './slots.ts';

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
  /** Whether a file is another image's of the store. */
  isTaken(file: string): boolean;
  /** Called before the wait for each further attempt. */
  onRetry(image: ImageTask, retry: Retry): void;
  /** Called with each line of its work, which was on `batch` images, of which this is the first. */
  onLog(image: ImageTask, text: string, batch: number): void;
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
  /** Of an attempt at the work; null where it was one at the download. */
  work_ms: number | null;
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
  /** SHA-256 of the body; null unless it was asked for. */
  sha256: string | null;
};
export type Fetched = Downloaded & { size: Size; chunks: Chunks; saved: SavedBody | null };
export type Failed = Downloaded & { fault: Fault };

/** An image that has ended: its result, and why it failed where the result's code does not say all. */
export type Finished = { result: ImageResult; reason: Reason | null };

/** What the images of a store have in common. */
export type ImageSource = {
  store: Store;
  options: RetryOptions;
  effects: Effects;
  isTaken: ImageTask['isTaken'];
  onRetry: ImageTask['onRetry'];
  onLog: ImageTask['onLog'];
};

/** Begins to fetch an image of a store. */
export function beginImage(
  { store, options, effects, isTaken, onRetry, onLog }: ImageSource,
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
    isTaken,
    onRetry,
    onLog,
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
  for (let attempts = 1; ; attempts += 1) {
    const attemptBegun = attempts === 1 ? begun : effects.elapsed();
    showPhase(task.activity, 'download', attemptBegun);
    const waited = { ms: 0 };
    const outcome = await attempt(task, effects, waited);
    const { bytes } = outcome;
    const download_ms = Math.round(effects.elapsed() - attemptBegun - waited.ms);
    if ('size' in outcome) {
      const { size, chunks, sha256, saved } = outcome;
      return { task, begun, bytes, attempts, download_ms, sha256, size, chunks, saved };
    }
    const { code, reason, message, http_status, host } = outcome.fault;
    const fault = { code, reason, message, http_status, host };
    const failed = { task, begun, bytes, attempts, download_ms, sha256: null, fault };
    const isLast = attempts > task.options.retries || task.signal.aborted;
    if (isLast || !isRetryable(outcome.fault)) return failed;
    const { retry_after_ms } = outcome.fault;
    const wait_ms = retryDelay(attempts, retry_after_ms, task.options, effects.random);
    const received = bytes ?? 0;
    const retry = {
      attempt: attempts,
      fault,
      bytes: received,
      download_ms,
      work_ms: null,
      wait_ms,
    };
    task.onRetry(task, retry);
    showPhase(task.activity, 'retry', effects.elapsed() + wait_ms);
    await effects.sleep(wait_ms, task.signal);
    if (task.signal.aborted) return failed;
  }
}

/** One attempt; `waited` is told what was no time of its download. */
async function attempt(
  { url, activity, signal }: ImageTask,
  effects: Effects,
  waited: { ms: number },
): Promise<Measured | FailedAttempt> {
  try {
    return await effects.fetch(url, {
      signal,
      onBytes(count) {
        activity.bytes += count;
        activity.since = effects.elapsed();
      },
      onHost(host) {
        activity.host = host;
      },
      onWait(ms) {
        waited.ms += ms;
      },
    });
  } catch (error) {
    // For the person at the terminal, and no fault of this image.
    if (error instanceof ImgjobError) throw error;
    return { fault: createFault('internal', messageOf(error)), bytes: null };
  }
}

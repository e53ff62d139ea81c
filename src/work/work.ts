import pLimit from 'p-limit';
import { onAbort } from '../abort.ts';
import { type Effects, WorkError, type WorkImage } from '../job/effects.ts';
import type { Json } from '../results/results-schema.ts';
import { afterRunning } from '../running-time.ts';

/** Why the work on an image is given up where its job was stopped. */
export const STOPPED = 'stopped';

/** Something that can do the work on one image at a time. */
export type Worker = {
  /** Rejects with what the work threw. Once the signal is aborted nobody waits for what comes out. */
  run(image: WorkImage, signal: AbortSignal): Promise<Json>;
  /** Whether `run` settles soon after its signal is aborted: its place is kept until then. */
  settlesSoon: boolean;
};

export type WorkLimits = {
  /** Images at work at once, over all stores and jobs. */
  concurrency: number;
  /** Milliseconds for the work on one image. */
  timeout_ms: number;
};

/**
 * The work effect from workers: each image gets one when its turn comes, for so
 * long as it may take. What it waits for a turn is no time of its work.
 */
export function createWork(
  enter: () => Worker | Promise<Worker>,
  { concurrency, timeout_ms }: WorkLimits,
): Effects['work'] {
  const limit = pLimit(concurrency);
  return (image, { signal, onWait }) => {
    const asked = performance.now();
    return new Promise((resolve, reject) => {
      const work = async () => {
        // A job that was stopped has no use for what comes out.
        if (signal.aborted) return resolve(null);
        const worker = await enter();
        onWait(performance.now() - asked);
        const { outcome, working } = runInTime(worker, image, { signal, timeout_ms });
        resolve(outcome);
        await (worker.settlesSoon ? working : outcome).catch(() => {});
      };
      limit(work).catch(reject);
    });
  };
}

type Time = { signal: AbortSignal; timeout_ms: number };

/** `outcome` settles as the work does, or when its time is over; with null when the signal is aborted. */
function runInTime(worker: Worker, image: WorkImage, { signal, timeout_ms }: Time) {
  const stop = new AbortController();
  const working = worker.run(image, stop.signal);
  const outcome = new Promise<Json>((resolve, reject) => {
    const rest = () => {
      endTimer();
      forget();
    };
    const endTimer = afterRunning(timeout_ms, () => {
      rest();
      reject(new WorkError('work-timeout', `not done within ${timeout_ms / 1000} s`));
      stop.abort();
    });
    const forget = onAbort(signal, () => {
      rest();
      resolve(null);
      stop.abort(STOPPED);
    });
    working.finally(rest).then(resolve, reject);
  });
  return { outcome, working };
}

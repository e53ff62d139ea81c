import { onAbort } from '../abort.ts';
import { type Effects, WorkError, type WorkHooks, type WorkImage } from '../job/effects.ts';
import type { Json } from '../results/results-schema.ts';
import { afterRunning } from '../running-time.ts';
import type { Batch } from './messages.ts';
import { unhurried } from './unhurried.ts';

/** Why the work on an image is given up where its job was stopped. */
export const STOPPED = 'stopped';

/** What comes of the work on one image. */
export type WorkOutcome = { output: Json } | { error: Error };

export type CallHooks = {
  /** Aborted when nobody waits any more for what comes out. */
  signal: AbortSignal;
  /** A line that the work says. */
  log(text: string): void;
};

/** What does the work: each call is on one image, or on a batch of them. */
export type Workers = {
  /** Whether a call can begin now. Where it can't, the queue is told when that changes. */
  hasRoom(): boolean;
  /** An outcome for each image, in their order; rejects with what all of them fail with. */
  run(images: readonly WorkImage[], hooks: CallHooks): Promise<WorkOutcome[]>;
  /** Whether `run` settles soon after its signal is aborted: its place is kept until then. */
  settlesSoon: boolean;
};

export type WorkLimits = {
  /** Calls at work at once, over all stores and jobs. */
  concurrency: number;
  /** Milliseconds for the work of one call. */
  timeout_ms: number;
  /** Null where each call is on one image. */
  batch: Batch | null;
};

/** How well batches were filled. */
export type BatchCounts = { batches: number; images: number; waited_ms: number };

export type WorkQueue = Pick<Effects, 'work'> & {
  /** Looks again whether something can begin: room came, or images that were waited for will not. */
  dispatch(): void;
  /** Fails all that waits: nothing is left that could work on it. */
  fail(error: Error): void;
  /** Is told how many images of one job more can come; returns the way to take that back. */
  expect(coming: () => Coming): () => void;
  counts: BatchCounts;
};

/** How many images can be at work at once: of a job, and of all jobs together. */
export type Coming = { ofJob: number; ofAll: number };

/** An image that waits, or is worked on. */
type Entry = {
  image: WorkImage;
  hooks: WorkHooks;
  asked: number;
  resolve(output: Json): void;
  reject(error: Error): void;
};

/**
 * The work effect from workers. Images wait in one queue, those of all stores
 * and jobs, and are worked on one by one or in batches. A batch leaves when it
 * is full, when no further image can come, or when it has waited so long while
 * there was room for it.
 */
export function createWorkQueue(workers: Workers, limits: WorkLimits): WorkQueue {
  const { concurrency, timeout_ms, batch } = limits;
  const size = batch?.size ?? 1;
  const waiting: Entry[] = [];
  const expected = new Set<{ coming(): Coming }>();
  const counts: BatchCounts = { batches: 0, images: 0, waited_ms: 0 };
  let running = 0;
  /** Takes the timer of the batch that fills back. */
  let endWait: (() => void) | null = null;
  let hasWaited = false;

  function dispatch(): void {
    while (waiting.length > 0 && running < concurrency && workers.hasRoom()) {
      if (!isDue()) {
        wait();
        return;
      }
      forgetWait();
      void leave(waiting.splice(0, size));
    }
    if (waiting.length === 0) forgetWait();
  }

  function isDue(): boolean {
    if (!batch || hasWaited || waiting.length >= size) return true;
    return expected.size > 0 && waiting.length >= mostExpected();
  }

  function mostExpected(): number {
    let [sum, most] = [0, 0];
    for (const { coming } of expected) {
      const { ofJob, ofAll } = coming();
      sum += ofJob;
      most = Math.max(most, ofAll);
    }
    return Math.min(sum, most);
  }

  function wait(): void {
    endWait ??= unhurried(batch?.wait_ms ?? 0, () => {
      endWait = null;
      hasWaited = true;
      dispatch();
    });
  }

  function forgetWait(): void {
    endWait?.();
    endWait = null;
    hasWaited = false;
  }

  async function leave(entries: Entry[]): Promise<void> {
    running += 1;
    const now = performance.now();
    if (batch) count(entries, now);
    for (const { hooks, asked } of entries) hooks.onBegin(now - asked);
    const { working, outcome } = runInTime(workers, entries, timeout_ms);
    await (workers.settlesSoon ? working : outcome);
    running -= 1;
    dispatch();
  }

  function count(entries: Entry[], now: number): void {
    counts.batches += 1;
    counts.images += entries.length;
    counts.waited_ms += now - Math.min(...entries.map(({ asked }) => asked));
  }

  return {
    dispatch,
    counts,
    work: (image, hooks) =>
      new Promise((resolve, reject) => {
        const entry: Entry = { image, hooks, asked: performance.now(), resolve, reject };
        hooks.onQueue();
        waiting.push(entry);
        // A job that was stopped has no use for what comes out.
        const forget = onAbort(hooks.signal, () => {
          resolve(null);
          const index = waiting.indexOf(entry);
          if (index === -1) return;
          waiting.splice(index, 1);
          dispatch();
        });
        entry.resolve = (output) => {
          forget();
          resolve(output);
        };
        entry.reject = (error) => {
          forget();
          reject(error);
        };
        dispatch();
      }),
    fail(error) {
      for (const entry of waiting.splice(0)) entry.reject(error);
      forgetWait();
    },
    expect(coming) {
      const job = { coming };
      expected.add(job);
      return () => {
        expected.delete(job);
        dispatch();
      };
    },
  };
}

/**
 * Runs a call for so long as it may take. `outcome` settles when all of its
 * images have an outcome, or their jobs were stopped; `working` when the
 * workers are done with it. Neither rejects.
 */
function runInTime(workers: Workers, entries: Entry[], timeout_ms: number) {
  const [first] = entries;
  const stop = new AbortController();
  let endTimer = () => {};
  let left = entries.length;
  const forgets: (() => void)[] = [];
  let isOver = false;
  let done = () => {};
  const outcome = new Promise<void>((resolve) => {
    done = () => {
      isOver = true;
      endTimer();
      for (const forget of forgets.splice(0)) forget();
      resolve();
    };
  });
  for (const { hooks } of entries) {
    forgets.push(
      onAbort(hooks.signal, () => {
        left -= 1;
        if (left > 0) return;
        done();
        stop.abort(STOPPED);
      }),
    );
  }
  endTimer = afterRunning(timeout_ms, () => {
    const error = new WorkError('work-timeout', `not done within ${timeout_ms / 1000} s`);
    for (const entry of entries) entry.reject(error);
    done();
    stop.abort();
  });
  const images = entries.map(({ image }) => image);
  const log = (text: string) => {
    // Nobody listens any more to what it says later.
    if (!isOver) first?.hooks.onLog(text, entries.length);
  };
  const working = workers.run(images, { signal: stop.signal, log }).then(
    (outcomes) => {
      for (const [index, entry] of entries.entries()) settle(entry, outcomes[index]);
      done();
    },
    (error: Error) => {
      for (const entry of entries) entry.reject(error);
      done();
    },
  );
  return { outcome, working };
}

function settle(entry: Entry, outcome: WorkOutcome | undefined): void {
  if (outcome && 'output' in outcome) entry.resolve(outcome.output);
  else entry.reject(outcome?.error ?? new WorkError('bad-output', 'the work returned nothing'));
}

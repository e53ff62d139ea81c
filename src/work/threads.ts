import { WorkError, type WorkImage } from '../job/effects.ts';
import type { Json } from '../results/results-schema.ts';
import { afterRunning } from '../running-time.ts';
import { startThread, type ThreadOptions, type WorkThread } from './thread.ts';
import type { Worker } from './work.ts';

/** The least time that a module has to load itself and its model. */
const LOAD_TIMEOUT_MS = 60_000;

export type Threads = {
  /** A thread that is free, or a new one. */
  enter(): Promise<Worker>;
  close(): Promise<void>;
};

/**
 * Threads with a user's module in each, so that work which blocks, hangs or
 * dies harms its own image alone. They are made when they are needed and used
 * again. Rejects when the module can't be used.
 */
export async function createThreads(
  options: ThreadOptions,
  { timeout_ms }: { timeout_ms: number },
): Promise<Threads> {
  const load_timeout_ms = Math.max(timeout_ms, LOAD_TIMEOUT_MS);
  const all = new Set<WorkThread>();
  const free: WorkThread[] = [];

  async function start(): Promise<WorkThread> {
    const thread = startThread(options);
    all.add(thread);
    try {
      await within(thread.loaded, load_timeout_ms);
      return thread;
    } catch (error) {
      await end(thread);
      throw error;
    }
  }

  async function end(thread: WorkThread): Promise<void> {
    all.delete(thread);
    await thread.end();
  }

  /**
   * Work that an earlier image left behind may end a thread under a later one:
   * that one is worked on again, in a thread where nothing was before.
   */
  async function runOn(thread: WorkThread, image: WorkImage, signal: AbortSignal): Promise<Json> {
    const isFirst = thread.isUnused();
    try {
      return await thread.run(image, signal);
    } catch (error) {
      if (thread.isAlive() || isFirst || signal.aborted) throw error;
      return await runOn(await start(), image, signal);
    } finally {
      giveBack(thread);
    }
  }

  /** Also one that timed out comes back here, if it noticed in time. */
  function giveBack(thread: WorkThread): void {
    if (thread.isAlive()) free.push(thread);
    else all.delete(thread);
  }

  free.push(await start());
  return {
    async enter() {
      let thread = free.pop();
      while (thread && !thread.isAlive()) thread = free.pop();
      const entered = thread ?? (await start());
      return { run: (image, signal) => runOn(entered, image, signal), settlesSoon: true };
    },
    async close() {
      await Promise.all([...all].map(end));
    },
  };
}

function within(loaded: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const endTimer = afterRunning(ms, () => {
      reject(new WorkError('load-failed', `it was not loaded within ${ms / 1000} s`));
    });
    loaded.finally(endTimer).then(resolve, reject);
  });
}

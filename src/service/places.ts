import type { Runner } from '../runner/runner.ts';
import type { JobIndex } from './job-index.ts';
import type { JobStore } from './job-store.ts';
import type { Launched } from './launch.ts';
import { createQueue, type QueueLimits } from './queue.ts';

/** Has a job begin, or go on, in the runner. */
export type Start = (signal: AbortSignal) => Promise<Launched>;

/** A job that has a place; `left` resolves when it has given it back. */
type Running = { stop: AbortController; launched: Launched | null; left: Promise<void> };

/** The jobs of a server that run, and those that wait for their turn. */
export type Places = {
  /** Runs a job, or writes down that it waits; answers when its journal says so. Throws `queue-full`. */
  begin(id: string, start: Start): Promise<unknown>;
  /** Lets a job wait that was accepted before this process began. */
  waitAgain(id: string): void;
  /** A job that waits does not any longer. */
  leave(id: string): void;
  /** Stops a job that runs, and answers when it is at rest; null where it does not run. */
  stop(id: string, reason: string): Promise<void> | null;
  isRunning(id: string): boolean;
  isWaiting(id: string): boolean;
  launched(id: string): Launched | null;
  /** Throws `queue-full` where there is no place for one more. */
  checkRoom(): void;
  counts(): { running: number; queued: number };
  /** Waits for some work before all is at rest. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Lets the images that run finish within so long, stops all jobs, and waits until all is at rest. */
  drain(runner: Runner, grace_ms: number): Promise<void>;
};

/** `goOn` starts a job whose turn has come; what goes wrong with that is its own. */
export function createPlaces(
  limits: QueueLimits,
  { index, store, goOn }: { index: JobIndex; store: JobStore; goOn(id: string): Start },
  onFailure: (id: string, error: unknown) => void,
): Places {
  const running = new Map<string, Running>();
  const underWay = new Set<Promise<unknown>>();
  const queue = createQueue(limits, (id) => {
    void track(run(id, goOn(id)).catch((error: unknown) => onFailure(id, error)));
  });

  function track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    tracked.catch(() => {});
    return tracked;
  }

  /** Runs a job in a place that it has; answers when its journal says so. */
  async function run(id: string, start: Start): Promise<Launched> {
    let tellLeft = () => {};
    const left = new Promise<void>((resolve) => {
      tellLeft = resolve;
    });
    const entry: Running = { stop: new AbortController(), launched: null, left };
    running.set(id, entry);
    const leave = () => {
      running.delete(id);
      queue.leave(id);
      tellLeft();
    };
    const launched = await start(entry.stop.signal).catch((error: unknown) => {
      // It may have begun, and could not be brought to the disk: nobody is told that it was taken.
      entry.stop.abort('cancel');
      leave();
      throw error;
    });
    entry.launched = launched;
    void track(store.settle(launched).finally(leave));
    return launched;
  }

  /** Writes down that a job waits for its turn. */
  async function park(id: string, start: Start): Promise<void> {
    try {
      const launched = await start(AbortSignal.abort('queued'));
      await store.settle(launched);
    } catch (error) {
      queue.leave(id);
      throw error;
    }
    if (index.get(id)?.status === 'ongoing') queue.ready(id);
    else queue.leave(id);
  }

  function begin(id: string, start: Start): Promise<unknown> {
    return queue.enter(id) === 'run' ? run(id, start) : park(id, start);
  }

  async function drain(runner: Runner, grace_ms: number): Promise<void> {
    queue.close();
    const goOnAgain = await runner.rest(grace_ms);
    for (const { stop } of running.values()) stop.abort('SIGTERM');
    goOnAgain();
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  return {
    ...{ begin, track, drain },
    waitAgain: queue.enterEarlier,
    leave: queue.leave,
    stop(id, reason) {
      const entry = running.get(id);
      entry?.stop.abort(reason);
      return entry ? entry.left : null;
    },
    isRunning: (id) => running.has(id),
    isWaiting: queue.isWaiting,
    launched: (id) => running.get(id)?.launched ?? null,
    checkRoom: queue.checkRoom,
    counts: queue.counts,
  };
}

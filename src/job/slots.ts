import pLimit from 'p-limit';
import { onAbort } from '../abort.ts';

/**
 * What one image is doing now: waiting for or receiving bytes, waiting to try
 * again, waiting for its work to begin (also for its batch to fill), or in its work step.
 */
export type Phase = 'download' | 'retry' | 'queue' | 'work';

/** What is going on in a slot right now. Kept in place by the engine, never an event. */
export type SlotActivity = {
  job_id: string;
  store: number;
  store_id: string;
  /** How many images the store has. */
  images: number;
  /** Position of the current image in its store. */
  image: number;
  phase: Phase;
  /** Bytes of the current image's body so far. */
  bytes: number;
  /**
   * Monotonic milliseconds of the last thing that moved: a phase that began, a
   * byte that came; while it waits to try again, when it will.
   */
  since: number;
  host: string | null;
  /** Who works on it, where that is another process; else null. */
  worker: string | null;
};

/** Shows that a phase of an image has begun. */
export function showPhase(
  activity: SlotActivity,
  phase: SlotActivity['phase'],
  since: number,
): void {
  activity.phase = phase;
  activity.since = since;
  if (phase === 'download') {
    activity.bytes = 0;
    activity.host = null;
  }
}

export type Slots = {
  /** One entry for each slot that was ever in use, null while it is free or says nothing yet. */
  readonly activities: readonly (SlotActivity | null)[];
  /**
   * Waits for a slot, runs one store in it and gives it back. One that is still
   * waiting when the signal is aborted is taken out, and answers null.
   */
  slot<T>(
    key: string,
    run: (show: (activity: SlotActivity) => void) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | null>;
  /** Lets so many stores in from now on; those that are in stay. */
  setCap(cap: number): void;
};

/**
 * The shared cap of all jobs. p-limit never holds more than `cap` calls, one
 * for one store; who enters next rotates over the jobs that wait, so that a
 * small job beside a large one does not stand behind all of its stores. What
 * it costs is what runs, whatever the cap allows.
 */
export function createSlots(cap: number): Slots {
  const limit = pLimit(cap);
  // A map keeps the order of insertion: the first key is the job whose turn it is.
  const waiting = new Map<string, (() => Promise<void>)[]>();
  const activities: (SlotActivity | null)[] = [];
  const isTaken: boolean[] = [];
  let held = 0;

  function takeTurn(): (() => Promise<void>) | undefined {
    for (const [key, queue] of waiting) {
      const next = queue.shift();
      waiting.delete(key);
      if (queue.length > 0) waiting.set(key, queue);
      if (next) return next;
    }
    return undefined;
  }

  function fill(): void {
    while (held < limit.concurrency) {
      const next = takeTurn();
      if (!next) return;
      held += 1;
      void limit(next).then(() => {
        held -= 1;
        fill();
      });
    }
  }

  /** The lowest free slot, so that what is shown of the others stays where it is. */
  function takeSlot(): number {
    const free = isTaken.indexOf(false);
    const index = free === -1 ? isTaken.length : free;
    isTaken[index] = true;
    activities[index] = null;
    return index;
  }

  function leaveQueue(key: string, entry: () => Promise<void>): void {
    const queue = waiting.get(key)?.filter((other) => other !== entry) ?? [];
    if (queue.length > 0) waiting.set(key, queue);
    else waiting.delete(key);
  }

  function slot<T>(
    key: string,
    run: (show: (activity: SlotActivity) => void) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const enter = async () => {
        forget();
        const index = takeSlot();
        try {
          resolve(
            await run((activity) => {
              activities[index] = activity;
            }),
          );
        } catch (error) {
          reject(error);
        } finally {
          activities[index] = null;
          isTaken[index] = false;
        }
      };
      const queue = waiting.get(key);
      if (queue) queue.push(enter);
      else waiting.set(key, [enter]);
      const forget = onAbort(signal, () => {
        leaveQueue(key, enter);
        resolve(null);
      });
      fill();
    });
  }

  function setCap(next: number): void {
    if (next === limit.concurrency) return;
    limit.concurrency = next;
    fill();
  }

  return { activities, slot, setCap };
}

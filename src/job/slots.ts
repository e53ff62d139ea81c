import pLimit from 'p-limit';

/** What one image is doing now: waiting for or receiving bytes, waiting to try again, or in its work step. */
export type Phase = 'download' | 'retry' | 'work';

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
};

export type Slots = {
  /** One entry a slot, null while it is free. */
  readonly activities: readonly (SlotActivity | null)[];
  /** Waits for a slot, runs one store in it and gives it back. */
  slot<T>(job_id: string, run: (show: (activity: SlotActivity) => void) => Promise<T>): Promise<T>;
};

/**
 * The shared cap of all jobs. p-limit never holds more than `cap` calls, one
 * for one store; who enters next rotates over the jobs that wait, so that a
 * small job beside a large one does not stand behind all of its stores.
 */
export function createSlots(cap: number): Slots {
  const limit = pLimit(cap);
  // A map keeps the order of insertion: the first key is the job whose turn it is.
  const waiting = new Map<string, (() => Promise<void>)[]>();
  const activities = new Array<SlotActivity | null>(cap).fill(null);
  const free = Array.from(activities.keys()).reverse();
  let held = 0;

  function takeTurn(): (() => Promise<void>) | undefined {
    for (const [job_id, queue] of waiting) {
      const next = queue.shift();
      waiting.delete(job_id);
      if (queue.length > 0) waiting.set(job_id, queue);
      if (next) return next;
    }
    return undefined;
  }

  function fill(): void {
    while (held < cap) {
      const next = takeTurn();
      if (!next) return;
      held += 1;
      void limit(next).then(() => {
        held -= 1;
        fill();
      });
    }
  }

  function slot<T>(
    job_id: string,
    run: (show: (activity: SlotActivity) => void) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const enter = async () => {
        const place = free.pop() ?? 0;
        try {
          resolve(
            await run((activity) => {
              activities[place] = activity;
            }),
          );
        } catch (error) {
          reject(error);
        } finally {
          activities[place] = null;
          free.push(place);
        }
      };
      const queue = waiting.get(job_id);
      if (queue) queue.push(enter);
      else waiting.set(job_id, [enter]);
      fill();
    });
  }

  return { activities, slot };
}

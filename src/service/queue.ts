import { ImgjobError } from '../errors.ts';

export type QueueLimits = {
  /** Most jobs that run at once. */
  max_jobs: number;
  /** Most that wait. */
  max_queued: number;
};

/** Which jobs run and which wait, by id. */
export type Queue = {
  /** A place for one more: it may run at once, or has to wait. Throws `queue-full`. */
  enter(id: string): 'run' | 'wait';
  /** Takes one in that was promised a place before this process began, however many wait. */
  enterEarlier(id: string): void;
  /** The same of one that is not to be run yet. */
  enterLater(id: string): void;
  /** What waits is not run until it is ready again. */
  hold(id: string): void;
  /** What waits can be run from now on. */
  ready(id: string): void;
  /** Gives a place back; the next one takes it. */
  leave(id: string): void;
  /** Lets no more run. */
  close(): void;
  isWaiting(id: string): boolean;
  /** Throws `queue-full` where there is no place for one more. */
  checkRoom(): void;
  counts(): { running: number; queued: number };
};

/** `run` is called with the id of each that waited when its turn has come, in the order they came. */
export function createQueue(
  { max_jobs, max_queued }: QueueLimits,
  run: (id: string) => void,
): Queue {
  const running = new Set<string>();
  /** In the order they came: whether they can be run yet. */
  const waiting = new Map<string, boolean>();
  let isOpen = true;

  function fill(): void {
    for (const [id, isReady] of waiting) {
      if (!isOpen || running.size >= max_jobs) return;
      if (!isReady) continue;
      waiting.delete(id);
      running.add(id);
      run(id);
    }
  }

  function checkRoom(): void {
    if (running.size < max_jobs && waiting.size === 0) return;
    if (waiting.size < max_queued) return;
    const message = `${running.size} jobs run and ${waiting.size} wait: this server takes no more now`;
    throw new ImgjobError('queue-full', message, { hint: 'Try again later.' });
  }

  return {
    enter(id) {
      checkRoom();
      if (running.size < max_jobs && waiting.size === 0) {
        running.add(id);
        return 'run';
      }
      waiting.set(id, false);
      return 'wait';
    },
    enterEarlier(id) {
      waiting.set(id, true);
      fill();
    },
    enterLater(id) {
      waiting.set(id, false);
    },
    hold(id) {
      if (waiting.has(id)) waiting.set(id, false);
    },
    ready(id) {
      if (waiting.has(id)) waiting.set(id, true);
      fill();
    },
    leave(id) {
      running.delete(id);
      waiting.delete(id);
      fill();
    },
    close() {
      isOpen = false;
    },
    isWaiting: (id) => waiting.has(id),
    checkRoom,
    counts: () => ({ running: running.size, queued: waiting.size }),
  };
}

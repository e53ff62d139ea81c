/** How long a job waits that trouble has stopped, in milliseconds: twice as long each time. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Jobs that are to go on when some trouble may have passed. */
export type Comebacks = {
  /** Has a job called for after its wait. */
  add(id: string): void;
  /** The job has come to rest, or is another's to go on with: its next wait is a short one. */
  forget(id: string): void;
  /** Calls for none any more. */
  close(): void;
};

export function createComebacks(ready: (id: string) => void): Comebacks {
  const waits = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();

  function stop(id: string): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
  }

  return {
    add(id) {
      const wait = waits.get(id) ?? FIRST_MS;
      waits.set(id, Math.min(LONGEST_MS, 2 * wait));
      stop(id);
      const call = () => {
        timers.delete(id);
        ready(id);
      };
      timers.set(id, setTimeout(call, wait).unref());
    },
    forget(id) {
      stop(id);
      waits.delete(id);
    },
    close() {
      for (const id of [...timers.keys()]) stop(id);
    },
  };
}

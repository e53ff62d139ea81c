export type Deadline = {
  /** Stands still while something is waited for; says how many milliseconds that took. */
  pauseFor<T>(waited: Promise<T>, onWait: (ms: number) => void): Promise<T>;
  clear(): void;
};

/** Calls back once when so many milliseconds have passed, those in which it stood still not counted. */
export function createDeadline(ms: number, onOver: () => void): Deadline {
  let left = ms;
  let since = performance.now();
  let timer = setTimeout(onOver, left);
  return {
    async pauseFor(waited, onWait) {
      clearTimeout(timer);
      const begun = performance.now();
      left -= begun - since;
      const result = await waited;
      since = performance.now();
      timer = setTimeout(onOver, Math.max(0, left));
      onWait(since - begun);
      return result;
    },
    clear: () => clearTimeout(timer),
  };
}

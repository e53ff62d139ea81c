/** So many turns of the event loop a wait has at least. */
const TURNS = 5;

/**
 * Calls back after so many milliseconds, or somewhat later where this process
 * is busy: what has come meanwhile, and was not looked at yet, comes first. A
 * turn of the event loop that takes long counts as a part of the wait, however
 * long it was. Returns the way to take that back.
 */
export function unhurried(ms: number, callback: () => void): () => void {
  let left = TURNS;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;

  function wait(): void {
    timer = setTimeout(() => {
      // Behind all that the system has ready for this process.
      immediate = setImmediate(next);
    }, ms / TURNS);
  }

  function next(): void {
    left -= 1;
    if (left > 0) wait();
    else callback();
  }

  wait();
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}

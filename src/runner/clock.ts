// More than a wall clock is ever adjusted by; less than a laptop sleeps.
const MAX_LAG_MS = 1000;

/**
 * Wall-clock time that advances by the monotonic clock, so that the difference
 * of two event times is a duration: it never goes back when the system's clock
 * is set back. After the machine has slept (a monotonic clock stands still
 * then) it catches up with the wall clock.
 */
export function createClock(wall: () => number, elapsed: () => number): () => number {
  let offset = wall() - elapsed();
  return () => {
    const ms = elapsed() + offset;
    const lag = wall() - ms;
    if (lag <= MAX_LAG_MS) return ms;
    offset += lag;
    return ms + lag;
  };
}

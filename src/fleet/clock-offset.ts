/**
 * How far another clock is ahead of the monotonic one of this process, by the
 * question that took least time: its answer is of a moment between question
 * and answer. This machine's own time of day, which may be set meanwhile, is
 * no part of it.
 */
export function createClockOffset() {
  let best = { offset_ms: 0, took_ms: Number.POSITIVE_INFINITY };
  return {
    /** Monotonic milliseconds of the question and the answer, and what the other clock said. */
    heard(asked: number, answered: number, other: number): void {
      const took_ms = answered - asked;
      // Clocks drift apart: an old answer counts less and less.
      if (took_ms > best.took_ms * 1.5 + 1) {
        best = { ...best, took_ms: best.took_ms * 1.01 };
        return;
      }
      best = { offset_ms: other - (asked + answered) / 2, took_ms };
    },
    /** Milliseconds to add to monotonic ones. */
    ms: () => Math.round(best.offset_ms),
  };
}

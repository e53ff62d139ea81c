import { onAbort } from '../abort.ts';
import type { Fault } from '../job/effects.ts';
import { endTiming, runningTime, startTiming } from '../running-time.ts';

/** Why an attempt is broken off. */
export type Stop = Pick<Fault, 'code' | 'reason' | 'message'>;

export type AttemptLimits = {
  /** Milliseconds in all, redirects included, without the waits for hosts. */
  timeout_ms: number;
  /** Milliseconds without a byte while a response is waited for or comes. */
  stall_timeout_ms: number;
};

/** One attempt at an image, redirects included: all that ends it from outside. */
export type Attempt = {
  /** Time stands still while something is waited for; says how many milliseconds that took. */
  pauseFor<T>(waited: Promise<T>, onWait: (ms: number) => void): Promise<T>;
  /** Takes what ends the exchange that the attempt is in now; called at once where it is already over. */
  watch(stop: (why: Stop) => void): void;
  /** Something came: from now on the next byte is waited for. */
  moved(): void;
  /** No byte is waited for any more. */
  rested(): void;
  /** Nothing ends it any more. */
  end(): void;
};

/** Begins an attempt that is stopped when its time is over, when nothing comes, or by the signal. */
export function beginAttempt(
  { timeout_ms, stall_timeout_ms }: AttemptLimits,
  signal: AbortSignal,
): Attempt {
  startTiming();
  let deadline = runningTime() + timeout_ms;
  /** When the next byte must have come; none is waited for yet. */
  let stalled = Number.POSITIVE_INFINITY;
  let stopped: Stop | null = null;
  let stopExchange: ((why: Stop) => void) | null = null;
  // One timer for both limits: bytes only move the time that it looks at when it fires.
  let timer = setTimeout(check, Math.min(timeout_ms, stall_timeout_ms));
  const forget = onAbort(signal, () =>
    stop({ code: 'disconnected', reason: null, message: 'stopped' }),
  );

  function stop(why: Stop): void {
    stopped = why;
    stopExchange?.(why);
  }

  function check(): void {
    const now = runningTime();
    // A timer may fire a fraction of a millisecond early.
    if (deadline - now < 1) {
      const message = `not complete after ${timeout_ms / 1000} s`;
      stop({ code: 'timeout', reason: 'attempt-timeout', message });
    } else if (stalled - now < 1) {
      const message = `no data for ${stall_timeout_ms / 1000} s`;
      stop({ code: 'timeout', reason: 'stalled', message });
    } else {
      timer = setTimeout(check, Math.min(deadline, stalled, now + stall_timeout_ms) - now);
    }
  }

  return {
    async pauseFor(waited, onWait) {
      clearTimeout(timer);
      const begun = performance.now();
      const stopped_at = runningTime();
      const result = await waited;
      const waited_ms = performance.now() - begun;
      deadline += runningTime() - stopped_at;
      check();
      onWait(waited_ms);
      return result;
    },
    watch(stopNext) {
      stopExchange = stopNext;
      if (stopped) stopNext(stopped);
    },
    moved() {
      stalled = runningTime() + stall_timeout_ms;
    },
    rested() {
      stalled = Number.POSITIVE_INFINITY;
    },
    end() {
      clearTimeout(timer);
      forget();
      endTiming();
    },
  };
}

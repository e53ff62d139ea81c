import { onAbort } from '../abort.ts';
import type { Fault } from '../job/effects.ts';

/** Why an attempt is broken off. */
export type Stop = Pick<Fault, 'code' | 'message'>;

/** One attempt at an image, redirects included: what ends it from outside. */
export type Attempt = {
  /** The deadline stands still while something is waited for; says how many milliseconds that took. */
  pauseFor<T>(waited: Promise<T>, onWait: (ms: number) => void): Promise<T>;
  /** Takes what ends the exchange that the attempt is in now; called at once where it is already over. */
  watch(stop: (why: Stop) => void): void;
  /** Nothing ends it any more. */
  end(): void;
};

/** Begins an attempt that is stopped after `timeout_ms`, or when the signal is aborted. */
export function beginAttempt(timeout_ms: number, signal: AbortSignal): Attempt {
  let left = timeout_ms;
  let since = performance.now();
  let stopped: Stop | null = null;
  let stopExchange: ((why: Stop) => void) | null = null;

  const stop = (why: Stop) => {
    stopped = why;
    stopExchange?.(why);
  };
  const onOver = () =>
    stop({ code: 'timeout', message: `not complete after ${timeout_ms / 1000} s` });
  let timer = setTimeout(onOver, left);
  const forget = onAbort(signal, () => stop({ code: 'disconnected', message: 'stopped' }));

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
    watch(stopNext) {
      stopExchange = stopNext;
      if (stopped) stopNext(stopped);
    },
    end() {
      clearTimeout(timer);
      forget();
    },
  };
}

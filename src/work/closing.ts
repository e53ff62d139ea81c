import { afterRunning } from '../running-time.ts';

/** The end of a module in a thread, as far as it can be seen from outside. */
export type Closing = {
  /** Tells the module to end, and waits for that; answers what went wrong, null where nothing did. */
  run(): Promise<string | null>;
  /** It has begun. */
  begun(): void;
  /** It has ended; what went wrong, or null. */
  ended(failure: string | null): void;
};

export function createClosing({
  grace_ms,
  tellClose,
}: {
  grace_ms: number;
  tellClose(): void;
}): Closing {
  let settle: (failure: string | null) => void = () => {};
  let hasBegun = false;
  return {
    run() {
      return new Promise((resolve) => {
        // Work that blocks its thread may be done in time: what it has gathered is let go of then.
        const endGrace = afterRunning(grace_ms, () => {
          const what = hasBegun ? 'not done' : 'its thread was at work, and its close() not begun,';
          settle(`${what} within ${grace_ms / 1000} s`);
        });
        settle = (failure) => {
          endGrace();
          resolve(failure);
        };
        tellClose();
      });
    },
    begun() {
      hasBegun = true;
    },
    ended: (failure) => settle(failure),
  };
}

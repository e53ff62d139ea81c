import { afterRunning } from '../running-time.ts';

/** A thread that does not even begin to end in so long is blocked. */
const BLOCKED_MS = 1000;

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
  let endBlocked = () => {};
  return {
    run() {
      return new Promise((resolve) => {
        const endGrace = afterRunning(grace_ms, () =>
          settle(`not done within ${grace_ms / 1000} s`),
        );
        endBlocked = afterRunning(Math.min(BLOCKED_MS, grace_ms), () => {
          settle('its thread is blocked');
        });
        settle = (failure) => {
          endGrace();
          endBlocked();
          resolve(failure);
        };
        tellClose();
      });
    },
    begun: () => endBlocked(),
    ended: (failure) => settle(failure),
  };
}

import { constants } from 'node:os';
import type { Worker as Thread } from 'node:worker_threads';
import { settlesWithin } from '../running-time.ts';

/** So long a thread may take to end that was told to: what computes ends at once, on a busy machine a little later. */
const END_MS = 2000;
/** Exit codes above are those of signals: 128 and the signal's number. */
const OF_SIGNALS = 128;

/** Threads that have not ended yet, and those of them that can't be ended. */
const alive = new Set<Thread>();
const stuck = new Set<Thread>();

/** A thread whose end is watched over. */
export type Exiting = {
  /** Ends it; answers whether that could be done. */
  end(): Promise<boolean>;
};

/**
 * Watches over the end of a thread. One that blocks in the system (a driver
 * that hangs, a pipe that nobody writes to) can't be ended, and Node.js would
 * wait for it at its exit for ever: then the process ends by a signal.
 */
export function watchExit(thread: Thread): Exiting {
  if (alive.size === 0) process.on('exit', leave);
  alive.add(thread);
  thread.once('exit', () => {
    alive.delete(thread);
    stuck.delete(thread);
    if (alive.size === 0) process.off('exit', leave);
  });

  return {
    async end() {
      const isEnded = await settlesWithin(thread.terminate(), END_MS);
      if (!isEnded) stuck.add(thread);
      return isEnded;
    },
  };
}

/** At the exit of the process, before Node.js waits for its threads. */
function leave(code: number): void {
  if (stuck.size === 0 && code <= OF_SIGNALS) return;
  const signals = Object.entries(constants.signals);
  const [name = 'SIGKILL'] = signals.find(([, number]) => number === code - OF_SIGNALS) ?? [];
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

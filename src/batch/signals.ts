import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const CAUGHT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type CaughtSignal = (typeof CAUGHT)[number];

/** npm's runner passes a Ctrl-C on that the terminal has sent too: within this time it is the same one. */
const SAME_REQUEST_MS = 1000;
/** Node takes its handlers away before it exits: so long a repeat is waited for. It was seen after 1 ms. */
const REPEAT_MS = 100;

export type SignalHandlers = {
  /** Stop in good order. */
  onFirst(signal: CaughtSignal): void;
  /** Leave at once. */
  onSecond(signal: CaughtSignal): void;
  /** Whether a SIGHUP is nothing to stop for. */
  ignoresHangup: boolean;
};

/**
 * Catches the signals that stop a run, for the rest of the process: a repeat
 * of the same request may come when the run has ended already, and must not
 * kill what is about to exit by itself. Returns what to wait for before that.
 */
export function catchSignals({
  onFirst,
  onSecond,
  ignoresHangup,
}: SignalHandlers): () => Promise<void> {
  let first: number | null = null;
  const listen = (signal: CaughtSignal) => {
    if (signal === 'SIGHUP' && ignoresHangup) return;
    const now = performance.now();
    if (first === null) {
      first = now;
      onFirst(signal);
    } else if (now - first > SAME_REQUEST_MS) {
      onSecond(signal);
    }
  };
  for (const signal of CAUGHT) process.on(signal, listen);
  return async () => {
    if (first !== null) await delay(first + REPEAT_MS - performance.now());
  };
}

/** So long what waits in libuv's pool may take to be done. */
const AT_REST_MS = 100;
const LOOK_MS = 10;
/** What of Node.js waits in that pool: files and names. */
const IN_POOL = /^(FSReq|GetAddrInfo|GetNameInfo|QueryReq)/;

/**
 * Ends the process, whatever hangs: `process.exit` waits for what has begun in
 * libuv's pool (a name server, a file system that is gone), a signal does not.
 */
export async function exitNow(signal: CaughtSignal): Promise<void> {
  const isBusy = () => process.getActiveResourcesInfo().some((name) => IN_POOL.test(name));
  for (let ms = 0; isBusy() && ms < AT_REST_MS; ms += LOOK_MS) await delay(LOOK_MS);
  if (isBusy()) {
    // Node.js gives a signal without listeners back to the system, which ends the process.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  // After a signal only the first process of a container comes here: none of its own ends it.
  process.exit(exitCodeOf(signal));
}

/** The exit code of a process that a signal ended: 128 and its number. */
export function exitCodeOf(signal: CaughtSignal): number {
  return 128 + constants.signals[signal];
}

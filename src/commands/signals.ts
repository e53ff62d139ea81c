import { constants } from 'node:os';

const CAUGHT = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type CaughtSignal = (typeof CAUGHT)[number];

/** npm's runner passes a Ctrl-C on that the terminal has sent too: within this time it is the same one. */
const SAME_REQUEST_MS = 1000;

export type SignalHandlers = {
  /** Stop in good order. */
  onFirst(signal: CaughtSignal): void;
  /** Leave at once. */
  onSecond(signal: CaughtSignal): void;
};

/** Catches the signals that stop a run. Returns the way to let go of them. */
export function catchSignals({ onFirst, onSecond }: SignalHandlers): () => void {
  let first: number | null = null;
  const listen = (signal: CaughtSignal) => {
    const now = performance.now();
    if (first === null) {
      first = now;
      onFirst(signal);
    } else if (now - first > SAME_REQUEST_MS) {
      onSecond(signal);
    }
  };
  for (const signal of CAUGHT) process.on(signal, listen);
  return () => {
    for (const signal of CAUGHT) process.off(signal, listen);
  };
}

/** The exit code of a process that a signal ended: 128 and its number. */
export function exitCodeOf(signal: CaughtSignal): number {
  return 128 + constants.signals[signal];
}

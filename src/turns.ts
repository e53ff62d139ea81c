import { setImmediate as nextTurn } from 'node:timers/promises';
import { ImgjobError } from './errors.ts';

/** So long work goes on before it gives up the turn of the event loop, in milliseconds. */
const TURN_MS = 10;

/** What long work asks between its steps. */
export type Turns = {
  /**
   * A promise to wait for where the work has had its turn: all else goes on
   * meanwhile. It rejects with `stopped` where nobody waits for the work any more.
   */
  over(): Promise<void> | null;
};

/** Turns of 10 ms each; the signal is aborted when nobody waits for the work any more. */
export function createTurns(signal: AbortSignal | null = null): Turns {
  let begun = performance.now();

  async function giveUp(): Promise<void> {
    await nextTurn();
    checkWanted(signal);
    begun = performance.now();
  }

  return { over: () => (performance.now() - begun < TURN_MS ? null : giveUp()) };
}

/** Throws `stopped` where nobody waits for some work any more. */
export function checkWanted(signal: AbortSignal | null): void {
  if (signal?.aborted) throw new ImgjobError('stopped', 'nobody waits for this any more');
}

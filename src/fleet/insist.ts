import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { showText } from '../terminal/prose.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/**
 * Has something done in Redis, again until it is: nothing that Redis says (it
 * loads, is full, can't write, was a master) ends a store. Gives up, with what
 * Redis said last, only when the signal is aborted.
 */
export async function insist<T>(
  act: () => Promise<T>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<T> {
  let said = '';
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) throw error;
      const text = showText(messageOf(error));
      if (text !== said) log(`warning: Redis: ${text}; trying again`);
      said = text;
      await delay(wait);
    }
  }
}

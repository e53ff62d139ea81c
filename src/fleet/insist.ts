import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { showText } from '../terminal/prose.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
/** The same is said again after so long. */
const AGAIN_MS = 10_000;
const MOST_TEXTS = 100;

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

/**
 * A log for what many stores meet with at once: it says the same again only
 * after a while. `elapsed` is monotonic milliseconds.
 */
export function seldom(log: Log, elapsed: () => number = () => performance.now()): Log {
  const said = new Map<string, number>();
  return (text) => {
    const now = elapsed();
    for (const [other, at] of said) {
      if (now - at >= AGAIN_MS || said.size > MOST_TEXTS) said.delete(other);
    }
    if (said.has(text)) return;
    said.set(text, now);
    log(text);
  };
}

/** Why something was not done in Redis within so many milliseconds; null where it was. */
export async function failureOf(work: Promise<unknown>, ms: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('Redis does not answer'), ms);
  });
  const done = work.then(
    () => null,
    (error: unknown) => showText(messageOf(error)),
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

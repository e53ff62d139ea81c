import { readFile } from 'node:fs/promises';
import { ImgjobError, whyUnread } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import type { Fleet } from './fleet.ts';
import { DEFAULT_PREFIX } from './keys.ts';

/** What a command line gives of a fleet. */
export type FleetGiven = {
  /** Where Redis is, or `@FILE`. */
  redis?: string | undefined;
  redisPrefix?: string | undefined;
  /** Stores with the fleet at once; null for what suits its workers. */
  window: number | null;
};

/** The fleet that a command line names; null for none. What it takes is loaded then alone. */
export async function fleetOf(given: FleetGiven, log: Log): Promise<Fleet | null> {
  if (given.redis === undefined) return null;
  const { openFleet } = await import('./fleet.ts');
  const redis = await redisOf(given.redis);
  const prefix = given.redisPrefix ?? DEFAULT_PREFIX;
  return openFleet({ redis, prefix, window: given.window, log });
}

/** An address, or the first line of the file that `@FILE` names. Throws `usage`. */
export async function redisOf(given: string): Promise<string> {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const message = `can't read the address of Redis in ${path}: ${whyUnread(cause)}`;
    throw new ImgjobError('usage', message, { cause });
  });
  return text.split('\n', 1)[0]?.trim() ?? '';
}

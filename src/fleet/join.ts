import { ImgjobError } from '../errors.ts';
import type { Keys } from './keys.ts';
import type { RedisClient } from './redis.ts';
import { runScript, SCRIPTS } from './scripts.ts';

/** As long as nobody takes part any more, another version may. */
const HOLDS_MS = 30_000;

/**
 * Takes part in a fleet, and stays in it when it is called again: all must
 * understand one another. Throws `usage` where others are of another major
 * version (of 0.x the minor one counts, as semver has it).
 */
export async function joinFleet(client: RedisClient, keys: Keys, version: string): Promise<void> {
  const [major = '', minor = ''] = version.split('.');
  const ours = major === '0' ? `0.${minor}` : major;
  const answer = await runScript(client, SCRIPTS.JOIN, [keys.version], [ours, HOLDS_MS]);
  if (Array.isArray(answer)) return;
  const message = `the fleet is of imgjob ${answer}, and this is ${version}`;
  throw new ImgjobError('usage', message, {
    hint: 'Give each version a prefix of its own with --redis-prefix, or all the same version.',
  });
}

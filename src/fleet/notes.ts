import { ImgjobError } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { showShort } from '../terminal/prose.ts';
import type { RedisLink } from './redis.ts';

/** Streams are trimmed by id since then. */
const LEAST_VERSION = [6, 2] as const;
const CLOCKS_DIFFER_MS = 1000;
const MAX_SHOWN = 40;

/**
 * Says at the start what an operator should know of a Redis. Throws `usage`
 * for one that is too old.
 */
export async function noteServer({ client, address }: RedisLink, log: Log): Promise<void> {
  const asked = Date.now();
  const time = await client.call('TIME');
  const ahead_ms = Array.isArray(time)
    ? Number(time[0]) * 1000 + Number(time[1]) / 1000 - (asked + Date.now()) / 2
    : 0;
  const info = parseInfo(String(await client.call('INFO')));
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? '';
  if (isOld(version)) {
    const message = `Redis at ${address.shown} is ${showShort(version, MAX_SHOWN)}: ${LEAST_VERSION.join('.')} or later is needed`;
    throw new ImgjobError('usage', message);
  }
  const name = info.has('valkey_version') ? 'valkey' : 'redis';
  log(`${name} ${showShort(version, MAX_SHOWN)} at ${address.shown}; ${persistence(info)}`);
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    const shown = showShort(policy, MAX_SHOWN);
    log(
      `warning: Redis may throw stores away when it is full (maxmemory-policy ${shown}; noeviction is right)`,
    );
  }
  if (Math.abs(ahead_ms) > CLOCKS_DIFFER_MS) {
    const seconds = (Math.abs(ahead_ms) / 1000).toFixed(1);
    log(
      `the clock of Redis is ${seconds} s ${ahead_ms > 0 ? 'ahead' : 'behind'}: times are corrected`,
    );
  }
}

function parseInfo(text: string): Map<string, string> {
  const lines = text.split('\r\n').flatMap((line) => {
    const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return new Map(lines);
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
}

function persistence(info: Map<string, string>): string {
  if (info.get('aof_enabled') === '1') return 'its data outlive a restart (append-only file)';
  return 'its data may not outlive a restart: a run puts back what is lost';
}

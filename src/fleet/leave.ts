import type { StandingJob } from '../job/store-runner.ts';
import type { Log } from '../terminal/log.ts';
import { parseRedisAddress } from './address.ts';
import { deliverEntry } from './delivery.ts';
import { createEarlyStores } from './early-stores.ts';
import { readEntries } from './entries.ts';
import { createKeys, type Keys } from './keys.ts';
import { type FleetMark, readMark, removeMark } from './mark.ts';
import { connectRedis, type RedisLink } from './redis.ts';

export type LeaveOptions = {
  /** Where the job is kept. */
  folder: string;
  /** Tried where it is the same Redis: it may hold the password, which nothing keeps. */
  address: string | null;
  log: Log;
};

/**
 * Takes a job from the fleet that a killed runner has left it with: no worker
 * can commit any more, and what was committed is told. Where Redis can't be
 * reached workers can't either: that is said, and the job goes on.
 */
export async function leaveFleet(
  job: StandingJob,
  { folder, address, log }: LeaveOptions,
): Promise<void> {
  const mark = await readMark(folder);
  if (!mark) return;
  const link = await reach(mark, address, log);
  if (link) {
    try {
      await takeRest(job, mark, link);
    } finally {
      link.close();
    }
  }
  await removeMark(folder);
}

async function reach(
  { redis }: FleetMark,
  address: string | null,
  log: Log,
): Promise<RedisLink | null> {
  try {
    const given = address === null ? null : parseRedisAddress(address);
    return await connectRedis(given?.shown === redis ? given : parseRedisAddress(redis), log);
  } catch {
    log(
      `warning: can't reach ${redis}, where workers may have stores of this job: an image that one has at hand may be done twice`,
    );
    return null;
  }
}

async function takeRest(
  job: StandingJob,
  { prefix, run }: FleetMark,
  { client }: RedisLink,
): Promise<void> {
  const keys: Keys = createKeys(prefix);
  await client.call('DEL', keys.run(run));
  if (!job.isNew) {
    const early = createEarlyStores(job);
    const ahead_ms = await aheadOf(client);
    for (let after = '0-0'; ; ) {
      const entries = await readEntries(client, keys.results(run), after, null);
      for (const entry of entries) {
        if (!entry) continue;
        after = entry.id;
        const told = await early.of(entry.position);
        if (told) await deliverEntry(entry, told, { ...job, ahead_ms });
      }
      if (entries.length === 0 || entries.at(-1) === null) break;
    }
  }
  await client.call('DEL', keys.results(run), keys.open(run));
}

async function aheadOf(client: RedisLink['client']): Promise<number> {
  const time = await client.call('TIME');
  if (!Array.isArray(time)) return 0;
  return Math.round(Number(time[0]) * 1000 + Number(time[1]) / 1000 - Date.now());
}

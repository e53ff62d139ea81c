import { randomBytes } from 'node:crypto';
import {
  createHostLimiter,
  type HostEntrance,
  type HostLimiter,
  type HostLimits,
} from '../download/host-limiter.ts';
import { insist } from '../fleet/insist.ts';
import type { Keys } from '../fleet/keys.ts';
import type { RedisClient } from '../fleet/redis.ts';
import { runScript } from '../fleet/scripts.ts';
import { sleep } from '../runner/sleep.ts';
import type { Log } from '../terminal/log.ts';
import { LIMITER_SCRIPTS } from './limiter-scripts.ts';

/** Limits on hosts that hold for all workers together, or each would have them anew. */
export type FleetLimiter = HostLimiter & {
  /** The requests of this process are still under way; called every few seconds. */
  keep(): Promise<void>;
};

/** A request of a worker that was killed is over after so long. */
const LEASE_MS = 10_000;
/** A place in the order of a host is kept for so long at most: who gives up leaves it empty. */
const LONGEST_PLACE_MS = 2000;
/** Who waits for another's request to end looks again after a random part of this. */
const LOOK_MS = 50;

type LimiterOptions = { client: RedisClient; keys: Keys; log: Log };

export function createFleetLimiter({ client, keys, log }: LimiterOptions): FleetLimiter {
  // What a host has asked for itself is heeded by those who were told.
  const here = createHostLimiter();
  const leases = new Map<string, string>();

  async function enterFleet(
    host: string,
    limits: HostLimits,
    signal: AbortSignal,
  ): Promise<() => void> {
    const { max_per_host, rate } = limits;
    const names = keys.host(`${max_per_host ?? 0}-${rate ?? 0}`, host);
    const lease = randomBytes(12).toString('hex');
    const values = [lease, max_per_host ?? 0, rate === null ? 0 : 1000 / rate];
    const leave = () => {
      leases.delete(lease);
      if (max_per_host !== null) void client.call('ZREM', names.leases, lease).catch(() => {});
    };
    const ask = () =>
      runScript(
        client,
        LIMITER_SCRIPTS.ENTER,
        [names.leases, names.opens],
        [...values, LEASE_MS, LONGEST_PLACE_MS],
      );
    while (!signal.aborted) {
      const answer = await insist(ask, { signal, log }).catch(() => null);
      const [isIn, wait] = Array.isArray(answer) ? answer.map(Number) : [0, 0];
      if (isIn === 1 && max_per_host !== null) leases.set(lease, names.leases);
      const looks = Math.ceil(LOOK_MS * Math.random());
      await sleep(isIn === 1 ? (wait ?? 0) : Math.max(wait ?? 0, looks), signal);
      if (isIn === 1) return leave;
    }
    return () => {};
  }

  function under(limits: HostLimits): HostEntrance {
    const entrance = here.under({ max_per_host: null, rate: null });
    if (limits.max_per_host === null && limits.rate === null) return entrance;
    return {
      slowDown: entrance.slowDown,
      async enter(host, signal) {
        const leaveHere = await entrance.enter(host, signal);
        const leaveFleet = await enterFleet(host, limits, signal);
        return () => {
          leaveFleet();
          leaveHere();
        };
      },
    };
  }

  async function keep(): Promise<void> {
    const byHost = new Map<string, string[]>();
    for (const [lease, key] of leases) byHost.set(key, [...(byHost.get(key) ?? []), lease]);
    await Promise.all(
      [...byHost].map(([key, held]) =>
        runScript(client, LIMITER_SCRIPTS.KEEP_LEASES, [key], [LEASE_MS, ...held]),
      ),
    );
  }

  return { under, keep };
}

import { EXIT, ImgjobError } from '../errors.ts';
import { print } from '../files/print.ts';
import { parseRedisAddress } from '../fleet/address.ts';
import { type FleetGiven, redisOf } from '../fleet/given.ts';
import { createKeys, DEFAULT_PREFIX } from '../fleet/keys.ts';
import type { HeardWorker } from '../fleet/messages.ts';
import { asRefusal, connectRedis } from '../fleet/redis.ts';
import { listWorkers } from '../fleet/workers.ts';
import { log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showShort } from '../terminal/prose.ts';

export type WorkersGiven = Omit<FleetGiven, 'window'> & { json: boolean };

/** `imgjob workers`: who works for the fleet. Answers the exit code. */
export async function workers(options: WorkersGiven): Promise<number> {
  if (options.redis === undefined) {
    throw new ImgjobError('usage', 'say where the fleet is: --redis or IMGJOB_REDIS');
  }
  const keys = createKeys(options.redisPrefix ?? DEFAULT_PREFIX);
  const address = parseRedisAddress(await redisOf(options.redis));
  const link = await connectRedis(address, log);
  try {
    const { workers: live } = await listWorkers(link.client, keys);
    if (options.json) await print(`${JSON.stringify(live, null, 2)}\n`);
    else await print(`${linesOf(live).join('\n')}\n`);
  } catch (error) {
    throw asRefusal(error, address);
  } finally {
    link.close();
  }
  return EXIT.ok;
}

const MAX_SHOWN = 60;

function linesOf(live: HeardWorker[]): string[] {
  if (live.length === 0) return ['no worker is there'];
  const rows = live.map((worker) => [
    showShort(worker.host, MAX_SHOWN),
    String(worker.pid),
    showShort(worker.version, MAX_SHOWN),
    showShort(worker.work ?? 'sleep', MAX_SHOWN),
    `${worker.busy}/${worker.slots}`,
    String(worker.images),
    String(worker.images_per_second),
    `${(worker.beat_ms_ago / 1000).toFixed(1)} s ago`,
  ]);
  const head = ['HOST', 'PID', 'VERSION', 'WORK', 'SLOTS', 'IMAGES', 'IMAGES/S', 'LAST BEAT'];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const slots = live.reduce((sum, worker) => sum + worker.slots, 0);
  return [...lines, `${formatCounted(live.length, 'worker')}, ${formatCounted(slots, 'slot')}`];
}

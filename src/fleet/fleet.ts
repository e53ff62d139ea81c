import type { Queue } from 'bullmq';
import type { StoreRunner } from '../job/store-runner.ts';
import type { Log } from '../terminal/log.ts';
import { VERSION } from '../version.ts';
import { createAbsences, optionsFor, workerCommand } from './absences.ts';
import { parseRedisAddress } from './address.ts';
import { createClockOffset } from './clock-offset.ts';
import type { FleetJob } from './fleet-job.ts';
import { createFleetRun, type FleetRun } from './fleet-run.ts';
import { seldom } from './insist.ts';
import { joinFleet } from './join.ts';
import { createKeys, fleetWorkName, type Keys, queueOf } from './keys.ts';
import { leaveFleet } from './leave.ts';
import type { HeardWorker } from './messages.ts';
import { noteServer } from './notes.ts';
import { asRefusal, connectRedis, type RedisLink, sayReply } from './redis.ts';
import { createRunPlace } from './run-place.ts';
import { createTicker } from './ticker.ts';
import { listWorkers, readSlots } from './workers.ts';

export type FleetOptions = {
  /** Where Redis is, with user and password. */
  redis: string;
  prefix: string;
  /** Stores with the fleet at once, of all jobs; null for what suits its workers. */
  window: number | null;
  log: Log;
};

/** The machines that run the stores of this process's jobs. */
export type Fleet = {
  /** What runs the stores of a job; given back by its `close`. */
  open(job: FleetJob): StoreRunner & { close(): Promise<void> };
  /** How many stores are with the fleet at once, now and whenever that changes. */
  onWindow(listener: (window: number) => void): void;
  /** The options that lead here again; a password is in none. */
  options: readonly string[];
  /** The workers as they were heard of last. */
  workers(): readonly HeardWorker[];
  /** Lets no further image begin, and waits until those that workers have at hand are done, at most so long. */
  rest(most_ms: number): Promise<void>;
  close(): Promise<void>;
};

const LOOK_MS = 1000;
/** A fleet that has just been started reports no slots yet. */
const LEAST_WINDOW = 100;
const LARGEST_WINDOW = 10_000;
/** Stores for each slot: the next one is there when one ends. */
const WINDOW_PER_SLOT = 2;

/** Connects to the fleet. Throws `usage` and `redis-unreachable`. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { log } = options;
  const address = parseRedisAddress(options.redis);
  const keys = createKeys(options.prefix);
  const link = await connectRedis(address, log);
  try {
    await joinFleet(link.client, keys, VERSION);
    await noteServer(link, log);
    return await createFleet(options, link, keys);
  } catch (error) {
    link.close();
    throw asRefusal(error, address);
  }
}

async function createFleet(options: FleetOptions, link: RedisLink, keys: Keys): Promise<Fleet> {
  const { log } = options;
  const seldomLog = seldom(log);
  const { address, client, packages } = link;
  const runs = new Set<FleetRun>();
  const queues = new Map<string, Queue>();
  const backs = new Set<() => void>();
  const offset = createClockOffset();
  let workers: HeardWorker[] = [];
  let window = options.window ?? LEAST_WINDOW;
  let tell = (_window: number) => {};
  const absences = createAbsences({ command: workerCommand(address, keys.prefix), log });
  link.onBack(() => {
    for (const back of backs) back();
  });

  async function look(): Promise<void> {
    const asked = performance.now();
    const { now, workers: live } = await listWorkers(client, keys);
    offset.heard(asked, performance.now(), now);
    workers = live;
    adaptWindow();
    absences.look(
      [...queues.keys()].filter((queue) => isInUse(queue)),
      live,
    );
    await joinFleet(client, keys, VERSION);
    if (runs.size === 0) return;
    for (const { slots, name } of await readSlots(client, keys, live)) {
      for (const slot of slots)
        for (const run of runs) if (run.isRun(slot.run)) run.show(slot, name);
    }
  }

  const isInUse = (queue: string) => [...runs].some((run) => run.queue === queue);

  function adaptWindow(): void {
    if (options.window !== null) return;
    const slots = workers.reduce((sum, worker) => sum + worker.slots, 0);
    const next = Math.min(LARGEST_WINDOW, Math.max(LEAST_WINDOW, WINDOW_PER_SLOT * slots));
    if (next !== window) tell(next);
    window = next;
  }

  function queueNamed(name: string): Queue {
    const known = queues.get(name);
    if (known) return known;
    const queue = new packages.bullmq.Queue(name, {
      connection: link.connect(),
      prefix: keys.prefix,
      skipVersionCheck: true,
      streams: { events: { maxLen: 0 } },
    });
    queue.on('error', (error) => sayReply(error, seldomLog));
    queues.set(name, queue);
    return queue;
  }

  function open(job: FleetJob): FleetRun {
    const { work } = job.options;
    const queue = queueOf(work === null ? null : fleetWorkName(work));
    const place = createRunPlace({
      ...{ client, keys, queue: queueNamed(queue), isKept: job.folder !== null },
    });
    const run = createFleetRun({
      ...{ job, place, connect: () => link.connect(), elapsed: () => performance.now() },
      log: seldomLog,
      here: { redis: address.shown, prefix: keys.prefix, queue },
      most: options.window ?? LARGEST_WINDOW,
      aheadMs: () => performance.now() + offset.ms() - job.now(),
      onBack(listener) {
        backs.add(listener);
        return () => backs.delete(listener);
      },
      async leave(standing) {
        if (job.folder === null) return;
        await leaveFleet(standing, { folder: job.folder, address: options.redis, log });
      },
    });
    runs.add(run);
    absences.begin(queue, workers);
    return {
      ...run,
      close: () => run.close().finally(() => runs.delete(run)),
    };
  }

  const looks = createTicker(LOOK_MS, look);
  await look();
  looks.start();
  return {
    open,
    onWindow(listener) {
      tell = listener;
      listener(window);
    },
    options: optionsFor(address, keys.prefix),
    workers: () => workers,
    rest: async (most_ms) => void (await Promise.all(Array.from(runs, (run) => run.rest(most_ms)))),
    async close() {
      looks.stop();
      link.close();
    },
  };
}

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job } from 'bullmq';
import { messageOf } from '../errors.ts';
import { createClockOffset } from '../fleet/clock-offset.ts';
import { seldom } from '../fleet/insist.ts';
import { joinFleet } from '../fleet/join.ts';
import { fleetWorkName, type Keys, queueOf } from '../fleet/keys.ts';
import { readStoreMessage, type WorkerMessage } from '../fleet/messages.ts';
import { type RedisLink, sayReply } from '../fleet/redis.ts';
import { createTicker } from '../fleet/ticker.ts';
import { DEFAULTS } from '../options/defaults.ts';
import type { JobOptions } from '../options/job-options.ts';
import { createSharedEffects } from '../runner/effects.ts';
import { sleep } from '../runner/sleep.ts';
import { createSteps, type SteppedJob, type StepsOptions } from '../runner/steps.ts';
import type { Log } from '../terminal/log.ts';
import { showShort, showText } from '../terminal/prose.ts';
import { VERSION } from '../version.ts';
import { createBeat } from './beat.ts';
import { createLastChances } from './deaths.ts';
import { createFleetLimiter } from './fleet-limiter.ts';
import { createStepsOfRuns } from './steps-of-runs.ts';
import { createStoreJob, type RunningStore } from './store-job.ts';

export type WorkerOptions = {
  link: RedisLink;
  keys: Keys;
  /** Stores at once. */
  slots: number;
  /** Options of jobs that hold for this machine, as they were given. */
  given: Partial<JobOptions>;
  env: StepsOptions['env'];
  work: StepsOptions['work'];
  log: Log;
};

/** A process that works on the stores of jobs that live elsewhere. */
export type FleetWorker = {
  /** Images since its start. */
  images(): number;
  /** Takes no more, finishes the images at hand and hands their stores back. */
  close(): Promise<void>;
};

/** A worker that is gone is noticed by its locks: they hold for so long, and are looked at so often. */
const LOCK_MS = 10_000;
const STALLED_MS = 2000;
/** How often a store may be taken over is no matter of BullMQ's: store-job.ts counts deaths at an image. */
const ANY_NUMBER = 1_000_000_000;
const RETRY_MS = 1000;
/** A store that can't be done here is handed back after so long. */
const NOT_HERE_MS = 2000;
/** Whoever reaches the queue may have put anything into it. */
const MAX_ID = 100;

/** A job with nothing said of it. */
function anyJob(given: Partial<JobOptions>, slots: number): SteppedJob {
  const options = { ...DEFAULTS, ...given, concurrency: slots };
  const image_counts = new Uint32Array(slots).fill(1);
  const manifest = { job_id: 'worker', store_count: slots, image_counts };
  return { options, headers: [], manifest, fetches: true, work: null };
}

/** Starts a worker. Throws `usage` where its work can't be used, or others are of another version. */
export async function startWorker(options: WorkerOptions): Promise<FleetWorker> {
  const { link, keys, slots, given } = options;
  const log = seldom(options.log);
  const { client, packages } = link;
  const work = given.work == null ? null : fleetWorkName(given.work);
  const queue = queueOf(work);
  const stop = new AbortController();
  const { signal } = stop;
  const limiter = createFleetLimiter({ client, keys, log });
  const { env } = options;
  const steps = createSteps({ concurrency: slots, env, work: options.work, limiter });
  const runs = createStepsOfRuns({ client, keys, steps, given, slots, signal });
  const lastChances = createLastChances();
  const running = new Set<RunningStore>();
  const offset = createClockOffset();
  const shared = createSharedEffects();
  const effects = { ...shared, now: () => shared.elapsed() + offset.ms() };
  let images = 0;
  let isStopping = false;
  let said = '';

  /** What holds up one store may hold up all of them, again and again. */
  function sayOnce(line: string): void {
    if (line !== said) log(showText(line));
    said = line;
  }

  async function processStore(job: Job, token = ''): Promise<void> {
    const message = readStoreMessage(job.data);
    const { id } = job;
    if (!message || id === undefined)
      return log(`warning: ${showShort(`${id}`, MAX_ID)} is not a store of imgjob: it is dropped`);
    const hold = { run: message.run, queue, id, token, position: message.position };
    const { store, run } = createStoreJob(message, hold, {
      ...{ client, keys, runs, lastChances, effects, signal, log },
      onImage() {
        images += 1;
      },
    });
    running.add(store);
    if (isStopping) store.handBack();
    const outcome = await run()
      .catch(async (error: unknown) => {
        if (!signal.aborted) sayOnce(`warning: a store can't be done here: ${messageOf(error)}`);
        // Another worker may be able to.
        await sleep(NOT_HERE_MS, signal);
        return 'back' as const;
      })
      .finally(() => running.delete(store));
    if (outcome === 'done') return;
    // Whoever is next goes on with it at once.
    if (outcome === 'back') await job.moveToWait(token).catch(() => {});
    throw new packages.bullmq.WaitingError();
  }

  const about = (): Omit<WorkerMessage, 'images_per_second'> => ({
    ...{ id, host: hostname(), pid: process.pid, version: VERSION, work, slots },
    ...{ busy: running.size, images, started_at },
  });
  const id = randomBytes(8).toString('hex');
  const started_at = new Date().toISOString();
  const beat = createBeat({ client, keys, about, running, elapsed: shared.elapsed });

  async function live(): Promise<void> {
    const asked = shared.elapsed();
    const theirs = await beat.tell();
    offset.heard(asked, shared.elapsed(), theirs);
    for (const run of await beat.goneRuns()) {
      for (const store of running) if (store.hold.run === run) store.end();
    }
    await Promise.all([joinFleet(client, keys, VERSION), limiter.keep()]);
    runs.sweep();
  }

  await joinFleet(client, keys, VERSION);
  // Work is loaded once: where it can't be, nothing is taken; and it stays from one job to the next.
  const loaded = work === null ? null : await steps.open(anyJob(given, slots), signal);
  await live();
  const bull = new packages.bullmq.Worker(queue, processStore, {
    connection: link.connect(),
    prefix: keys.prefix,
    concurrency: slots,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    maxStalledCount: ANY_NUMBER,
    runRetryDelay: RETRY_MS,
    // Also of what is no store of ours: nothing of it is to stay.
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    skipVersionCheck: true,
  });
  bull.on('error', (error) => sayReply(error, log));
  bull.on('lockRenewalFailed', (ids) => {
    for (const store of running) if (ids.includes(store.hold.id)) store.lose();
  });
  await bull.waitUntilReady();
  const lives = createTicker(1000, live);
  lives.start();

  return {
    images: () => images,
    async close() {
      isStopping = true;
      for (const store of running) store.handBack();
      await bull.close();
      lives.stop();
      await client.call('ZREM', keys.workers, id).catch(() => {});
      stop.abort('close');
      await runs.close();
      await loaded?.giveBack();
      link.close();
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { onAbort } from '../abort.ts';
import type {
  StandingJob,
  StoreEnd,
  StoreHooks,
  StoreRunner,
  StoreTask,
} from '../job/store-runner.ts';
import type { Log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { newToldStore } from './delivery.ts';
import { createEarlyStores, type EarlyStores } from './early-stores.ts';
import type { FleetJob } from './fleet-job.ts';
import { failureOf, insist } from './insist.ts';
import { type FleetMark, readMark, removeMark, writeMark } from './mark.ts';
import type { SlotMessage } from './messages.ts';
import { createOpenStores } from './open-stores.ts';
import { createPutSoon } from './put-soon.ts';
import type { RedisClient } from './redis.ts';
import { createResultsReader } from './results-reader.ts';
import { newRun, type RunPlace } from './run-place.ts';
import type { Ending } from './scripts.ts';
import { createTicker } from './ticker.ts';

export type FleetRunOptions = {
  job: FleetJob;
  place: RunPlace;
  /** Where it is, but for the run. */
  here: Omit<FleetMark, 'run'>;
  /** How many stores may be asked for at once. */
  most: number;
  /** A connection that may block. */
  connect(): RedisClient;
  /** Called whenever Redis is back. */
  onBack(listener: () => void): () => void;
  /** Milliseconds that the clock of Redis is ahead of this one. */
  aheadMs(): number;
  /** Monotonic milliseconds. */
  elapsed(): number;
  /** Takes the job from where a run elsewhere has left it. */
  leave(job: StandingJob): Promise<void>;
  log: Log;
};

/** What runs the stores of a job on a fleet, until it is closed. */
export type FleetRun = StoreRunner & {
  /** What a slot of a worker does now. */
  show(slot: SlotMessage, worker: string): void;
  isRun(run: string): boolean;
  /** Lets no further image begin, and waits until those at hand are done, at most so long. */
  rest(most_ms: number): Promise<void>;
  /** The queue in which its stores are. */
  queue: string;
  close(): Promise<void>;
};

const CHECK_MS = 1000;
/** Who waits for images at hand looks so often whether they are done. */
const LOOK_MS = 20;
/** Every fifth check looks for single stores too. */
const STORES_EACH = 5;
/** Who stops a job waits so long for a Redis that does not answer. */
const STOP_MS = 3000;

export function createFleetRun(options: FleetRunOptions): FleetRun {
  const { job, place, here, log } = options;
  const message = { job_id: job.job_id, options: job.options, headers: job.headers };
  const stores = createOpenStores(options.elapsed);
  const stopping = new AbortController();
  const { signal } = stopping;
  const checks = createTicker(CHECK_MS, check);
  const forgetBack = options.onBack(checks.now);
  const insistOn = <T>(act: () => Promise<T>) => insist(act, { signal, log });
  const putSoon = createPutSoon({ stores, place, insist: insistOn, onFailure: fail });
  let early: EarlyStores | null = null;
  let reader: ReturnType<typeof createResultsReader> | null = null;
  let blocking: RedisClient | null = null;
  let reading: Promise<void> = Promise.resolve();
  let begun: Promise<void> | null = null;
  let halted: Promise<void> | null = null;
  let puttingBack: Promise<void> | null = null;
  let ending: Ending | null = null;
  let checked = 0;

  async function takeUp(standing: StandingJob): Promise<readonly number[]> {
    early = createEarlyStores(standing);
    const { aheadMs } = options;
    const reading_ = { job: standing, place, stores, early, aheadMs, signal, log };
    reader = createResultsReader({ ...reading_, onDelivered });
    const mark = job.folder === null ? null : await readMark(job.folder);
    if (!mark) return [];
    const isHere = mark.redis === here.redis && mark.prefix === here.prefix;
    const leave = () => options.leave(standing).then(() => []);
    if (!isHere || standing.isNew || mark.queue !== here.queue) return leave();
    const left = await insistOn(() => place.takeUp(mark.run, message));
    // A runner that was killed while it stopped may have left results that nobody has read.
    if (!left) return leave();
    // Redis may be older than the journal: what it has under way is done by what the journal has.
    if (left.isStale) await insistOn(() => place.fence());
    await reader.readRest();
    place.isRead();
    if (left.isStale) {
      await insistOn(() => place.remove());
      return [];
    }
    begun = Promise.resolve();
    startReading();
    return left.open.filter((position) => !standing.reducer.hasEnded(position));
  }

  /** Whoever goes on with the job after a kill finds the run by the mark. */
  async function beginNew(): Promise<void> {
    const run = newRun();
    if (job.folder !== null) await writeMark(job.folder, { ...here, run });
    await insistOn(() => place.begin(run, message));
  }

  function startReading(): void {
    blocking = options.connect();
    checks.start();
    reading = reader?.readOn(blocking).catch(fail) ?? reading;
  }

  async function run(task: StoreTask, hooks: StoreHooks): Promise<StoreEnd | null> {
    if (hooks.signal.aborted || hooks.isOver()) return null;
    begun ??= beginNew().then(startReading);
    await begun;
    if (hooks.signal.aborted) return null;
    const { position } = task;
    const told = early?.take(position) ?? newToldStore(task.store.images, task.known);
    if (told.end) return told.end;
    const ended = stores.add(task, hooks, told);
    const forget = onAbort(hooks.signal, () => void halt());
    putSoon(position);
    return ended.finally(forget);
  }

  async function onDelivered(): Promise<void> {
    if (ending || !stores.isOver()) return;
    ending = 'end';
    await endInOrder(ending);
  }

  /** No further image begins: what no worker has begun is taken back, what runs ends by itself. */
  async function endInOrder(how: Ending): Promise<void> {
    await insistOn(() => place.stopInOrder(how));
    const withdraw = async (position: number) => {
      if (await insistOn(() => place.withdraw(position))) stores.settle(position);
    };
    await Promise.all(stores.positions().map(withdraw));
  }

  async function check(): Promise<void> {
    if (signal.aborted || puttingBack) return;
    if (await place.check()) return checkStores();
    // What was asked with may have been read and taken away before the answer.
    if ((await place.check()) || signal.aborted) return;
    log('Redis has lost what it held of this job: its stores are put back');
    puttingBack = putBack()
      .catch(fail)
      .finally(() => {
        puttingBack = null;
      });
  }

  /** One that was thrown out of a Redis that is full, or taken out of the queue by hand, would be waited for forever. */
  async function checkStores(): Promise<void> {
    checked += 1;
    if (checked % STORES_EACH !== 0) return;
    const lost = await place.lostStores(stores.positions());
    if (lost.length === 0 || signal.aborted) return;
    log(`warning: Redis has lost ${formatCounted(lost.length, 'store')}: put back`);
    for (const position of lost) putSoon(position);
  }

  /** Under a new name: what workers still do under the old one is fenced off. */
  async function putBack(): Promise<void> {
    await insistOn(() => place.remove());
    await beginNew();
    for (const position of stores.positions()) putSoon(position);
    if (ending) await endInOrder(ending);
  }

  /** The images at hand are finished, and their stores stay as they are then. */
  async function rest(most_ms: number): Promise<void> {
    if (!begun) return;
    ending = 'rest';
    await failureOf(begun.then(endAtImages), most_ms);
  }

  async function endAtImages(): Promise<void> {
    await endInOrder('rest');
    while (stores.positions().length > 0 && !signal.aborted) await delay(LOOK_MS);
  }

  /** The job is stopped: nothing more is committed, and what was committed is taken. */
  function halt(): Promise<void> {
    halted ??= stop().finally(stores.settleAll);
    return halted;
  }

  async function stop(): Promise<void> {
    checks.stop();
    // What could not be begun has failed for that.
    const stopped = begun?.then(fenceAndTake, () => {});
    const why = stopped ? await failureOf(stopped, STOP_MS) : null;
    stopping.abort();
    blocking?.disconnect();
    if (why === null) return;
    log(
      `warning: ${why}: what Redis holds of ${job.job_id} stays there, and workers finish what they have at hand`,
    );
  }

  async function fenceAndTake(): Promise<void> {
    await puttingBack;
    await place.fence();
    stopping.abort();
    // One reader at a time: the one that blocks has what came before the fence.
    await reading;
    await reader?.readRest();
    await Promise.allSettled(stores.positions().map((position) => place.withdraw(position)));
    await place.remove();
    if (job.folder !== null) await removeMark(job.folder);
  }

  /** What the journal did not take stays in Redis for whoever goes on with the job. */
  function fail(error: unknown): void {
    if (signal.aborted) return;
    checks.stop();
    stopping.abort();
    halted ??= Promise.resolve();
    blocking?.disconnect();
    stores.fail(error);
  }

  async function close(): Promise<void> {
    forgetBack();
    await halt();
  }

  const isRun = (id: string) => id === place.run;
  const { most } = options;
  return { most, takeUp, run, rest, show: stores.showSlot, isRun, queue: here.queue, close };
}

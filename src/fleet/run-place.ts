import { randomBytes } from 'node:crypto';
import type { Queue } from 'bullmq';
import { type Entry, type ReadUpTo, readEntries, trimEntries } from './entries.ts';
import { type Keys, storeKey } from './keys.ts';
import type { RunMessage, StoreMessage } from './messages.ts';
import type { RedisClient } from './redis.ts';
import { ENDING, type Ending, runScript, SCRIPTS } from './scripts.ts';

/** Nobody goes on with a run of a killed runner for so long: then Redis forgets it. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
/** A run that nothing keeps can't be gone on with: it lasts no longer than its process. */
const UNKEPT_MS = 60_000;
const BLOCK_MS = 500;
/** Redis does nothing else meanwhile. */
const LOOKED_AT_ONCE = 1000;
const BEGINNING: ReadUpTo = { id: '0-0', number: 0 };

/** Stores that go into the queue: without what they have in common. */
export type StoreToPut = Omit<StoreMessage, 'run'>;

/** A run that was left. */
type TakenUp = {
  /** The positions of its open stores. */
  open: number[];
  /** Whether Redis was started again since, and may have lost what the journal has. */
  isStale: boolean;
};

/** One run in Redis, as its runner has it. */
export type RunPlace = {
  readonly run: string;
  /** Makes a new one. */
  begin(run: string, message: RunMessage): Promise<void>;
  /** Takes up one that was left: then all that it holds is to be read. Null where it is gone. */
  takeUp(run: string, message: RunMessage): Promise<TakenUp | null>;
  /** Called when all is read that was there when it was taken up. */
  isRead(): void;
  put(stores: StoreToPut[]): Promise<void>;
  /** Takes a store out of the queue; false where a worker has it. */
  withdraw(position: number): Promise<boolean>;
  /** Waits for entries; those of a run that was given up meanwhile are dropped. Null for one that is none of ours. */
  read(blocking: RedisClient): Promise<(Entry | null)[]>;
  /** All that is there now. */
  readRest(): Promise<(Entry | null)[]>;
  /** Takes from Redis what was read. */
  trim(): Promise<void>;
  /** Whether Redis has all that this process knows of. */
  check(): Promise<boolean>;
  /** Which of these are open, but not in the queue any more. */
  lostStores(positions: readonly number[]): Promise<number[]>;
  /** Has the workers finish the images at hand, and no more. */
  stopInOrder(ending: Ending): Promise<void>;
  /** No commit comes through any more. */
  fence(): Promise<void>;
  remove(): Promise<void>;
};

export function newRun(): string {
  return randomBytes(12).toString('hex');
}

type PlaceOptions = { client: RedisClient; keys: Keys; queue: Queue; isKept: boolean };

export function createRunPlace({ client, keys, queue, isKept }: PlaceOptions): RunPlace {
  const lasts = isKept ? KEPT_MS : UNKEPT_MS;
  let run = '';
  let version = 1;
  let read = BEGINNING;
  let puts = 0;
  /** Of a run that was taken up. */
  let committed = 0;
  /** The runs that this one took the place of: a snapshot of Redis may bring them back. */
  const former = new Set<string>();
  /** The stores of a run that was taken up, and their keys in the queue. */
  const taken = new Map<number, string>();
  /** Keys of stores that are being put: their place in the run is open already. */
  const opened = new Set<string>();
  const keyOf = (position: number) =>
    taken.get(position) ?? `${storeKey(run, position)}-${version}`;

  async function takeUp(left: string, message: RunMessage): Promise<TakenUp | null> {
    const values = [JSON.stringify(message), KEPT_MS];
    const places = [keys.run(left), keys.open(left), keys.results(left)];
    const answer = await runScript(client, SCRIPTS.TAKE_UP_RUN, places, values);
    if (!Array.isArray(answer)) return null;
    const [v, n, put, isSame, ...pairs] = answer.map(String);
    run = left;
    version = Number(v);
    puts = Number(put);
    read = BEGINNING;
    committed = Number(n);
    for (let index = 0; index < pairs.length; index += 2) {
      taken.set(Number(pairs[index]), pairs[index + 1] ?? '');
    }
    return { open: [...taken.keys()], isStale: isSame !== '1' };
  }

  async function put(stores: StoreToPut[]): Promise<void> {
    const to = run;
    const jobs = stores.map((store) => {
      const opts = { jobId: keyOf(store.position), removeOnComplete: true, removeOnFail: true };
      return { name: 'store', data: { run, ...store }, opts };
    });
    // One that was taken up is there already, or has just ended: then it is not open any more.
    // So it is with one that is put again, since that failed half-way.
    const fresh = jobs.filter(
      ({ data: { position }, opts: { jobId } }) => !taken.has(position) && !opened.has(jobId),
    );
    // First: a worker does nothing of a store that is not open.
    if (fresh.length > 0) {
      const fields = fresh.flatMap(({ data, opts }) => [data.position, opts.jobId]);
      await client.call('HSET', keys.open(to), ...fields);
    }
    for (const { opts } of fresh) opened.add(opts.jobId);
    await queue.addBulk(jobs);
    await runScript(client, SCRIPTS.PUT, [keys.run(to), keys.open(to)], [stores.length]);
    if (run === to) puts += stores.length;
    for (const { opts } of jobs) opened.delete(opts.jobId);
  }

  /** Entries follow one another by number: those of an older state of Redis do not. */
  function accept(entries: (Entry | null)[]): (Entry | null)[] {
    const accepted: (Entry | null)[] = [];
    for (const entry of entries) {
      // The next check will find that something is lost.
      if (entry && read.number > 0 && entry.number !== read.number + 1) break;
      accepted.push(entry);
      if (!entry) break;
      read = { id: entry.id, number: entry.number };
    }
    return accepted;
  }

  async function readOf(from: RedisClient, block_ms: number | null): Promise<(Entry | null)[]> {
    const of = run;
    const entries = await readEntries(from, keys.results(of), read.id, block_ms);
    return of === run ? accept(entries) : [];
  }

  async function removeRuns(runs: Iterable<string>): Promise<void> {
    for (const one of runs) {
      await client.call('DEL', keys.run(one), keys.results(one), keys.open(one));
    }
  }

  return {
    get run() {
      return run;
    },
    async begin(next, message) {
      const values = [JSON.stringify(message), lasts];
      await runScript(client, SCRIPTS.OPEN_RUN, [keys.run(next)], values);
      // It may be done again, after the half of it.
      if (run !== '' && run !== next) former.add(run);
      run = next;
      await removeRuns(former);
      version = 1;
      read = BEGINNING;
      puts = 0;
      taken.clear();
      opened.clear();
    },
    isRead() {
      if (read.number === 0) read = { id: BEGINNING.id, number: committed };
    },
    ...{ takeUp, put },
    withdraw: async (position) => {
      const removed = await queue.remove(keyOf(position));
      if (removed === 1) await client.call('HDEL', keys.open(run), position);
      return removed === 1;
    },
    read: (blocking) => readOf(blocking, BLOCK_MS),
    readRest: () => readOf(client, null),
    trim: () => trimEntries(client, keys.results(run), read.id),
    async check() {
      const values = [read.id, read.number, puts, lasts];
      const places = [keys.run(run), keys.results(run), keys.open(run)];
      return (await runScript(client, SCRIPTS.CHECK, places, values)) === 1;
    },
    async lostStores(positions) {
      const lost: number[] = [];
      for (let from = 0; from < positions.length; from += LOOKED_AT_ONCE) {
        const some = positions.slice(from, from + LOOKED_AT_ONCE);
        const places = some.map((position) => keys.store(queue.name, keyOf(position)));
        const answer = await runScript(client, SCRIPTS.LOST, [keys.open(run), ...places], some);
        if (Array.isArray(answer)) lost.push(...answer.map(Number));
      }
      return lost.filter((position) => !opened.has(keyOf(position)));
    },
    async stopInOrder(ending) {
      await client.call('HSET', keys.run(run), 'over', ENDING[ending]);
    },
    async fence() {
      await client.call('DEL', keys.run(run));
    },
    async remove() {
      await removeRuns([...former, run]);
    },
  };
}

import type { StandingJob } from '../job/store-runner.ts';
import type { Log } from '../terminal/log.ts';
import { deliverEntry, foreignResults } from './delivery.ts';
import type { EarlyStores } from './early-stores.ts';
import type { Entry } from './entries.ts';
import { insist } from './insist.ts';
import type { OpenStores } from './open-stores.ts';
import type { RedisClient } from './redis.ts';
import type { RunPlace } from './run-place.ts';

export type ResultsReaderOptions = {
  job: StandingJob;
  place: RunPlace;
  stores: OpenStores;
  early: EarlyStores;
  /** Milliseconds that the clock of Redis is ahead of this one. */
  aheadMs(): number;
  /** Called when what came is in the journal. */
  onDelivered(): Promise<void>;
  /** Aborted when no more is to be waited for. */
  signal: AbortSignal;
  log: Log;
};

/** Reads the results of a run into the job's journal, and only then takes them from Redis. */
export function createResultsReader(options: ResultsReaderOptions) {
  const { job, place, stores, early, signal } = options;

  async function deliver(read: (Entry | null)[]): Promise<void> {
    const entries = read.filter((entry) => entry !== null);
    const kept: Promise<void>[] = [];
    const how = { job_id: job.job_id, ahead_ms: options.aheadMs() };
    for (const entry of entries) {
      const before = stores.get(entry.position) ? null : await early.of(entry.position);
      // Its turn may have come meanwhile.
      const store = stores.get(entry.position);
      const told = store?.told ?? before;
      if (!told) continue;
      const emit = store?.hooks.emit ?? job.emit;
      const wait = deliverEntry(entry, told, { emit, ...how });
      if (wait) kept.push(wait);
      stores.showEntry(entry);
    }
    await Promise.all(kept);
    for (const { isLast, position } of entries) if (isLast) stores.settle(position);
    void place.trim().catch(() => {});
    await options.onDelivered();
    if (entries.length < read.length) throw foreignResults();
  }

  return {
    /** Waits for results until the signal is aborted. Rejects where the journal can't be written, and with `internal` for what no worker of this version writes. */
    async readOn(blocking: RedisClient): Promise<void> {
      while (!signal.aborted) {
        const entries = await insist(() => place.read(blocking), options);
        if (entries.length > 0) await deliver(entries);
      }
    },
    /** Reads all that is there now. */
    async readRest(): Promise<void> {
      for (;;) {
        const entries = await insist(() => place.readRest(), options);
        if (entries.length === 0) return;
        await deliver(entries);
      }
    },
  };
}

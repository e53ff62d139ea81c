import { ImgjobError } from '../errors.ts';
import type { Keys } from '../fleet/keys.ts';
import { readMessage, runMessageSchema } from '../fleet/messages.ts';
import type { RedisClient } from '../fleet/redis.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { createSteps, OpenSteps } from '../runner/steps.ts';
import { boundedOptions } from './bounds.ts';

/** What is done to the images of a run here. */
export type RunSteps = Omit<OpenSteps, 'giveBack'> & { options: JobOptions };

type Opened = RunSteps & Pick<OpenSteps, 'giveBack'>;

type Entry = {
  /** Null for a run that is gone. */
  opening: Promise<Opened | null>;
  users: number;
  /** Monotonic milliseconds. */
  usedAt: number;
  /** Takes back what its work was told of the images that come. */
  forget(): void;
};

export type StepsOfRuns = {
  /** Null for a run that is gone. Throws `usage` for one that can't be done here. */
  take(run: string, version: string): Promise<RunSteps | null>;
  leave(run: string, version: string): void;
  /** Closes what no store has used for a while; called now and then. */
  sweep(): void;
  close(): Promise<void>;
};

/** Connections and work are kept between two stores of a run. */
const UNUSED_MS = 10_000;

export type StepsOfRunsOptions = {
  client: RedisClient;
  keys: Keys;
  steps: ReturnType<typeof createSteps>;
  /** The worker's own options. */
  given: Partial<JobOptions>;
  slots: number;
  signal: AbortSignal;
};

export function createStepsOfRuns(options: StepsOfRunsOptions): StepsOfRuns {
  const { client, keys, steps, given, slots, signal } = options;
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();

  async function open(run: string): Promise<Opened | null> {
    const info = await client.call('HGET', keys.run(run), 'info');
    if (info === null) return null;
    const message = readMessage(runMessageSchema, info);
    if (!message) throw new ImgjobError('usage', 'its run has options that this version has not');
    const own = boundedOptions({ ...message.options, concurrency: slots }, given);
    const image_counts = new Uint32Array(slots).fill(1);
    const manifest = { job_id: message.job_id, store_count: slots, image_counts };
    const job = { options: own, headers: message.headers, manifest, fetches: true, work: null };
    const { steps: opened, giveBack } = await steps.open(job, signal);
    return { steps: opened, giveBack, options: own };
  }

  function newEntry(run: string): Entry {
    const entry: Entry = { opening: open(run), users: 0, usedAt: 0, forget() {} };
    // Images for one batch come from the stores that are here.
    const coming = () => ({ ofJob: entry.users, ofAll: slots });
    entry.opening.then(
      (opened) => {
        entry.forget = opened?.steps.gathering?.expect(coming) ?? entry.forget;
      },
      () => {},
    );
    return entry;
  }

  async function take(run: string, version: string): Promise<RunSteps | null> {
    const key = `${run} ${version}`;
    const entry = entries.get(key) ?? newEntry(run);
    entries.set(key, entry);
    entry.users += 1;
    let opened: Opened | null = null;
    try {
      opened = await entry.opening;
      return opened;
    } finally {
      // The next store tries anew, where none has begun to.
      if (!opened && entries.get(key) === entry) entries.delete(key);
    }
  }

  function leave(run: string, version: string): void {
    const entry = entries.get(`${run} ${version}`);
    if (!entry) return;
    entry.users -= 1;
    entry.usedAt = performance.now();
    void entry.opening.then((opened) => opened?.steps.gathering?.recheck()).catch(() => {});
  }

  function closeEntry(key: string, { opening, forget }: Entry): void {
    entries.delete(key);
    forget();
    const closed: Promise<void> = opening
      .then((opened) => opened?.giveBack())
      .catch(() => {})
      .finally(() => closing.delete(closed));
    closing.add(closed);
  }

  return {
    ...{ take, leave },
    sweep() {
      const now = performance.now();
      for (const [key, entry] of entries) {
        if (entry.users === 0 && now - entry.usedAt > UNUSED_MS) closeEntry(key, entry);
      }
    },
    async close() {
      for (const [key, entry] of entries) closeEntry(key, entry);
      await Promise.all(closing);
    },
  };
}

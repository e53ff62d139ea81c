import type { Keys } from '../fleet/keys.ts';
import type { SlotMessage, WorkerMessage } from '../fleet/messages.ts';
import type { RedisClient } from '../fleet/redis.ts';
import { runScript, SCRIPTS } from '../fleet/scripts.ts';
import { WORKER_LASTS_MS } from '../fleet/workers.ts';
import type { RunningStore } from './store-job.ts';

export type BeatOptions = {
  client: RedisClient;
  keys: Keys;
  about(): Omit<WorkerMessage, 'images_per_second'>;
  running: ReadonlySet<RunningStore>;
  /** Monotonic milliseconds. */
  elapsed(): number;
};

/** What a worker says of itself so that others see it, and what it looks for. */
export function createBeat({ client, keys, about, running, elapsed }: BeatOptions) {
  let last = { images: 0, at: elapsed() };

  /** Answers what the clock of Redis says, in milliseconds. */
  async function tell(): Promise<number> {
    const now = elapsed();
    const worker = about();
    const seconds = (now - last.at) / 1000;
    const rate = seconds > 0 ? (worker.images - last.images) / seconds : 0;
    last = { images: worker.images, at: now };
    const message: WorkerMessage = { ...worker, images_per_second: Math.round(rate * 10) / 10 };
    const names = keys.worker(worker.id);
    const places = [keys.workers, names.about, names.slots];
    const texts = [worker.id, JSON.stringify(message), JSON.stringify(slotsAt(now))];
    return Number(await runScript(client, SCRIPTS.BEAT, places, [...texts, WORKER_LASTS_MS]));
  }

  function slotsAt(now: number): SlotMessage[] {
    return [...running].flatMap(({ hold, activity }) => {
      if (!activity) return [];
      const { image, phase, bytes, since, host } = activity;
      const ago = Math.round(now - since);
      return [{ run: hold.run, store: hold.position, image, phase, bytes, ago, host }];
    });
  }

  /** The runs that stores here are of and that are no more. */
  async function goneRuns(): Promise<string[]> {
    const runs = [...new Set([...running].map(({ hold }) => hold.run))];
    const found = await Promise.all(runs.map((run) => client.call('EXISTS', keys.run(run))));
    return runs.filter((_, index) => found[index] === 0);
  }

  return { tell, goneRuns };
}

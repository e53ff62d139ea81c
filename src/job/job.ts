import { onAbort } from '../abort.ts';
import { type Effects, timestamp } from './effects.ts';
import type { JobOptions } from './events.ts';
import { countImages, type Manifest } from './manifest.ts';
import type { JobStatus } from './schema.ts';
import type { Slots } from './slots.ts';
import { runStore, type StoreEnd } from './store.ts';

export type JobTask = {
  manifest: Manifest;
  options: JobOptions;
  slots: Slots;
  effects: Effects;
  /** Aborted to stop the job; the reason is the name of the signal that did it (`SIGINT`). */
  signal: AbortSignal;
};

/**
 * Runs the stores of one job concurrently and says how it stands at the end:
 * `ongoing` when it was stopped before all stores had ended. Rejects when an
 * awaited emit does (the journal can't be written) or a store can't be read
 * from the manifest, after all of its stores have come to rest.
 */
export async function runJob(task: JobTask): Promise<JobStatus> {
  const { manifest, options, effects, signal } = task;
  await effects.emit({
    t: timestamp(effects),
    type: 'job_started',
    job_id: manifest.job_id,
    schema_version: 1,
    stores: manifest.store_count,
    images: countImages(manifest),
    options,
  });
  const ends = await runStores(task);
  if (ends.ongoing > 0) {
    await effects.emit({
      t: timestamp(effects),
      type: 'job_interrupted',
      job_id: manifest.job_id,
      signal: String(signal.reason),
    });
    return 'ongoing';
  }
  const status = ends.failed > 0 ? 'failed' : 'completed';
  await effects.emit({
    t: timestamp(effects),
    type: 'job_finished',
    job_id: manifest.job_id,
    status,
  });
  return status;
}

/**
 * As many pullers as can run at once, each asking for a slot for its next
 * store: however many stores a job has, only the cap of them are ever queued.
 */
async function runStores(task: JobTask): Promise<Record<StoreEnd, number>> {
  const { manifest, options } = task;
  const ends = { completed: 0, failed: 0, ongoing: 0 };
  const stop = new AbortController();
  const forget = onAbort(task.signal, () => stop.abort(task.signal.reason));
  const order = longestFirst(manifest.image_counts);
  let next = 0;

  const pull = async () => {
    while (next < order.length && !stop.signal.aborted) {
      const position = order[next] ?? 0;
      next += 1;
      ends[await runInSlot(task, position, stop.signal)] += 1;
    }
  };
  const pullers = Array.from({ length: Math.min(options.concurrency, manifest.store_count) }, () =>
    pull().catch((error: unknown) => {
      stop.abort('error');
      throw error;
    }),
  );
  const settled = await Promise.allSettled(pullers);
  forget();
  for (const puller of settled) if (puller.status === 'rejected') throw puller.reason;
  ends.ongoing += manifest.store_count - next;
  return ends;
}

/** Positions by the number of images: a long store that starts last would be waited for alone. */
function longestFirst(image_counts: Uint32Array): Uint32Array {
  const count = (position: number) => image_counts[position] ?? 0;
  return image_counts.map((_, position) => position).sort((a, b) => count(b) - count(a) || a - b);
}

function runInSlot(
  { manifest, slots, effects }: JobTask,
  position: number,
  signal: AbortSignal,
): Promise<StoreEnd> {
  const { job_id } = manifest;
  return slots.slot(job_id, async (show) => {
    const store = await manifest.store(position);
    return runStore({ job_id, position, store, signal, effects, show });
  });
}

import type { Manifest } from '../manifest/manifest.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { timestamp } from '../time.ts';
import type { Effects } from './effects.ts';

/** A result of an earlier run, and the image that it is the result of now. */
export type TakenOver = { store: number; image: number; result: ImageResult };

/** What a job that starts takes over from an earlier run. */
export type TakeOver = {
  /** The results, store by store. */
  results(): AsyncIterable<TakenOver>;
  /** Called when all of them are kept. */
  done(): Promise<void>;
};

type TakeOverTask = { manifest: Pick<Manifest, 'job_id'>; effects: Effects; takeOver: TakeOver };

// Waiting for each would take a write each.
const AT_ONCE = 1000;

/**
 * Tells the results that are taken over, before anything else is done: from
 * then on they are as if the job had been interrupted behind them.
 */
export async function takeOverResults({
  manifest,
  effects,
  takeOver,
}: TakeOverTask): Promise<void> {
  const { job_id } = manifest;
  let emitted: (void | Promise<void>)[] = [];
  for await (const { store, image, result } of takeOver.results()) {
    const t = timestamp(effects);
    const type = 'image_finished';
    emitted.push(effects.emit({ t, type, job_id, store, image, reused: true, result }));
    if (emitted.length < AT_ONCE) continue;
    await Promise.all(emitted);
    emitted = [];
  }
  await Promise.all(emitted);
  await takeOver.done();
}

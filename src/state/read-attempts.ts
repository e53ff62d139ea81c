import { open } from 'node:fs/promises';
import type { JobOptions } from '../options/job-options.ts';
import type { Retried } from '../results/events.ts';
import type { Reason } from '../results/reasons.ts';
import { readEvents } from './read-events.ts';
import type { JobFiles } from './state-folder.ts';

type Position = { store: number; image: number };

/** What results do not hold of an image that has finished, of the run in which it did. */
export type Attempts = {
  /** The attempts that were made again. */
  retries: Retried[];
  /** Why it failed; null where it did not, or its code says all, and in journals of before. */
  reason: Reason | null;
  /** What its job ran with. */
  options: JobOptions;
};

/** Goes through a job's journal once more, for these images alone; null for one that has not finished. */
export async function readAttempts(
  { journal }: Pick<JobFiles, 'journal'>,
  wanted: Position[],
): Promise<(position: Position) => Attempts | null> {
  const keyOf = ({ store, image }: Position) => `${store} ${image}`;
  const known = new Map<string, { retries: Retried[]; finished: Attempts | null }>();
  for (const position of wanted) known.set(keyOf(position), { retries: [], finished: null });
  let options: JobOptions | null = null;
  const file = await open(journal);
  try {
    await readEvents(file, (event) => {
      if (event.type === 'job_started') options = event.options;
      if (event.type === 'job_resumed') {
        if (options) options = Object.assign({ ...options }, event.options);
        // Images that were cut off begin again with their first attempt.
        for (const each of known.values()) each.retries = [];
      }
      if (event.type !== 'image_retrying' && event.type !== 'image_finished') return true;
      const image = known.get(keyOf(event));
      if (!image) return true;
      if (event.type === 'image_retrying') {
        image.retries.push(event);
      } else if (options) {
        const { retries } = image;
        image.finished = { retries, reason: event.reason ?? null, options };
        image.retries = [];
      }
      return true;
    });
  } finally {
    await file.close();
  }
  return (position) => known.get(keyOf(position))?.finished ?? null;
}

import { open } from 'node:fs/promises';
import type { Retried } from '../explain/attempt-lines.ts';
import type { PlacedImage } from '../explain/findings.ts';
import { readEvents } from './read-events.ts';
import type { JobFiles } from './state-folder.ts';

type Place = Pick<PlacedImage, 'store' | 'image'>;

/** The attempts at an image that were made again, of the run in which it finished. */
export type Retries = { of(place: Place): Retried[] };

/** Goes through a job's journal once more, for the retries of these images alone: results hold only their number. */
export async function readRetries(
  { journal }: Pick<JobFiles, 'journal'>,
  wanted: Place[],
): Promise<Retries> {
  const keyOf = ({ store, image }: Place) => `${store} ${image}`;
  const known = new Map<string, { now: Retried[]; kept: Retried[] }>();
  for (const place of wanted) known.set(keyOf(place), { now: [], kept: [] });
  const file = await open(journal);
  try {
    await readEvents(file, (event) => {
      // Images that were cut off begin again with their first attempt.
      if (event.type === 'job_resumed') for (const each of known.values()) each.now = [];
      if (event.type !== 'image_retrying' && event.type !== 'image_finished') return true;
      const retries = known.get(keyOf(event));
      if (!retries) return true;
      if (event.type === 'image_retrying') retries.now.push(event);
      else {
        retries.kept = retries.now;
        retries.now = [];
      }
      return true;
    });
  } finally {
    await file.close();
  }
  return { of: (place) => known.get(keyOf(place))?.kept ?? [] };
}

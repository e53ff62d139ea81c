import type { JobEvent } from '../results/events.ts';
import type { ImageError } from '../results/results-schema.ts';

/** So many of a job are kept while it runs. */
const MOST = 20;

/** A failed image, by positions. */
export type PlacedFailure = {
  t: string;
  store: number;
  image: number;
  url: string;
  error: ImageError;
};

/** Keeps the newest failures of each job that runs; told its events, it forgets them when the job comes to rest. */
export function createLatestFailures() {
  const byJob = new Map<string, PlacedFailure[]>();

  function onEvent(event: JobEvent): void {
    if (event.type === 'job_finished' || event.type === 'job_interrupted') {
      byJob.delete(event.job_id);
      return;
    }
    if (event.type !== 'image_finished' || !event.result.error) return;
    const { job_id, t, store, image, result } = event;
    const failures = byJob.get(job_id) ?? [];
    if (failures.length === 0) byJob.set(job_id, failures);
    if (failures.length === MOST) failures.shift();
    failures.push({ t, store, image, url: result.url, error: event.result.error });
  }

  /** The newest first. */
  const of = (job_id: string): PlacedFailure[] => (byJob.get(job_id) ?? []).toReversed();
  return { onEvent, of };
}

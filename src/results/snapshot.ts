import { createRateMeter } from './rate.ts';
import type { Reducer } from './reducer.ts';
import type { JobStatus, ResultsHead } from './results-schema.ts';

/** How a job stands at one moment, and how it goes on. */
export type Snapshot = ResultsHead['summary'] & {
  job_id: string;
  status: JobStatus;
  /** Images that are done, however they ended. */
  done: number;
  /** Images a second over the last 15 s; null while nothing can be said. */
  rate: number | null;
  /** Milliseconds to the end at that rate. */
  eta_ms: number | null;
};

/**
 * Looks at a job that runs from now on: what was done before is not of its
 * rate. `elapsed` are monotonic milliseconds. At most a few looks a second.
 */
export function createSnapshots(reducer: Reducer, elapsed: () => number): () => Snapshot {
  const meter = createRateMeter(elapsed, workedOn(reducer.summary()));
  return () => {
    const summary = reducer.summary();
    const done = doneOf(summary);
    const rate = meter.sample(workedOn(summary));
    const eta_ms = rate === null ? null : etaOf(summary.images.pending, rate);
    return { ...summary, job_id: reducer.job_id, status: reducer.status(), done, rate, eta_ms };
  };
}

/** Milliseconds that so many images take at a rate of so many a second. */
export function etaOf(pending: number, rate: number): number {
  return (pending * 1000) / rate;
}

/** What was taken over took no time. */
function workedOn({ images }: ResultsHead['summary']): number {
  return images.total - images.pending - images.reused;
}

function doneOf({ images }: ResultsHead['summary']): number {
  return images.total - images.pending;
}

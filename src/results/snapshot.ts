import { workName } from '../options/work-name.ts';
import { createTailMeter } from './longest-tail.ts';
import { createRateMeter } from './rate.ts';
import type { Reducer } from './reducer.ts';
import type { JobStatus, ResultsHead } from './results-schema.ts';

/** How a job stands at one moment, and how it goes on. */
export type Snapshot = ResultsHead['summary'] & {
  job_id: string;
  status: JobStatus;
  /** What the work is called, where a module does it; null for the sleep that stands for a GPU. */
  work: string | null;
  /** Images that are done, however they ended. */
  done: number;
  /** Images a second over the last 15 s; null while nothing can be said. */
  rate: number | null;
  /** Milliseconds to the end at that rate, and no less than the longest store still takes. */
  eta_ms: number | null;
};

/**
 * Looks at a job that runs from now on: what was done before is not of its
 * rate. `elapsed` are monotonic milliseconds. At most a few looks a second.
 */
export function createSnapshots(reducer: Reducer, elapsed: () => number): () => Snapshot {
  const begin = reducer.summary();
  const meter = createRateMeter(elapsed, workedOn(begin.images));
  // What is skipped is not to be waited for either.
  const leaving = createRateMeter(elapsed, goneOf(begin));
  const tailOf = createTailMeter(elapsed);
  tailOf(reducer.openStores);
  return () => {
    const summary = reducer.summary();
    const done = doneOf(summary);
    const rate = meter.sample(workedOn(summary.images));
    const tail = tailOf(reducer.openStores);
    const gone = leaving.sample(goneOf(summary));
    const eta_ms = gone === null ? tail : Math.max(etaOf(summary.images.pending, gone), tail ?? 0);
    const path = reducer.work();
    const work = path === null ? null : workName(path);
    const { job_id } = reducer;
    return { ...summary, job_id, status: reducer.status(), work, done, rate, eta_ms };
  };
}

function etaOf(pending: number, rate: number): number {
  return (pending * 1000) / rate;
}

/**
 * The images that a job has worked on, however they ended: what is said of its
 * speed and time goes by these. What was skipped or taken over took no time.
 */
export function workedOn({
  completed,
  failed,
  reused,
}: Pick<ResultsHead['summary']['images'], 'completed' | 'failed' | 'reused'>): number {
  return completed + failed - reused;
}

/** The images that have an outcome of their own, those that were taken over too: how far a job is. */
export function withOutcome({
  completed,
  failed,
}: Pick<ResultsHead['summary']['images'], 'completed' | 'failed'>): number {
  return completed + failed;
}

function goneOf({ images }: ResultsHead['summary']): number {
  return images.total - images.pending - images.reused;
}

function doneOf({ images }: ResultsHead['summary']): number {
  return images.total - images.pending;
}

import { inspect } from 'node:util';
import { messageOf } from '../errors.ts';
import { BOUNDS, type Bounds, describeWholeNumber, isWithin } from '../options/bounds.ts';
import type { JobOptions } from '../options/job-options.ts';
import { gatheringOf, type WorkStep } from '../runner/choose-work.ts';
import { createSharing } from '../sharing.ts';
import { BATCH_WAIT_MS, type Batch } from '../work/messages.ts';
import { outcomesOf, type Returned } from '../work/outcomes.ts';
import { createWorkQueue, type Workers, type WorkOutcome, type WorkQueue } from '../work/work.ts';

/** A measured image, as work gets it. */
export type WorkedImage = {
  /** As the manifest has it. */
  url: string;
  store_id: string;
  /** Position in its store, from 0. */
  index: number;
  /** Pixels as stored in the file. */
  width: number;
  height: number;
  /** The short name: `jpg`, `png`, … */
  format: string;
  /** The whole file; at most `max_bytes`. */
  bytes: Buffer;
};

export type WorkContext = {
  /** Aborted when the job is stopped, or the time for the work is over. */
  signal: AbortSignal;
  /** A line for whoever runs the job. */
  log(...values: unknown[]): void;
};

/**
 * The work on one image. What it returns, or resolves with, is kept as the
 * image's `output`: anything that JSON can hold, at most a million characters;
 * undefined becomes null. What it throws makes the image fail as `work`.
 */
export type Work<Output = unknown> = (
  image: WorkedImage,
  context: WorkContext,
) => Output | Promise<Output>;

/**
 * Work on several images at once, of any stores and jobs: it returns, or
 * resolves with, as many outputs, in their order. An output that is an `Error`
 * fails its image alone; what it throws fails all of them.
 */
export type BatchWork<Output = unknown> = {
  /** At most `size` images; a batch waits to be full for `wait_ms` milliseconds, 20 unless it is said. */
  batch: { size: number; wait_ms?: number | undefined };
  run(images: WorkedImage[], context: WorkContext): Outputs<Output> | Promise<Outputs<Output>>;
};

type Outputs<Output> = readonly (Output | Error)[];

/** Why something can't be the work of a job; null where it can. */
export function checkWork(work: unknown): string | null {
  if (work === undefined || typeof work === 'function') return null;
  if (typeof work !== 'object' || work === null || !('run' in work && 'batch' in work)) {
    return 'work: expected a function, or { batch, run }';
  }
  if (typeof work.run !== 'function') return 'work.run: expected a function';
  const { batch } = work;
  if (typeof batch !== 'object' || batch === null || !('size' in batch)) {
    return 'work.batch: expected { size, wait_ms }';
  }
  const wait_ms = 'wait_ms' in batch ? (batch.wait_ms ?? undefined) : undefined;
  if (!isWholeNumber(batch.size, BOUNDS.work_batch)) {
    return `work.batch.size: expected ${describeWholeNumber(BOUNDS.work_batch)}`;
  }
  if (wait_ms === undefined || isWholeNumber(wait_ms, BOUNDS.work_batch_wait_ms)) return null;
  return `work.batch.wait_ms: expected ${describeWholeNumber(BOUNDS.work_batch_wait_ms)}`;
}

function isWholeNumber(value: unknown, bounds: Bounds): boolean {
  return typeof value === 'number' && Number.isInteger(value) && isWithin(bounds, value);
}

type Log = WorkContext['log'];
type Run = (images: WorkedImage[], context: WorkContext) => unknown;

/** The queues of one function, by its limits: jobs with the same work share their batches. */
type Queues = ReturnType<typeof createSharing<WorkQueue>>;
const queuesOf = new WeakMap<Work | Run, Queues>();
/** Where the job of an image wants to have logged. */
const logOf = new WeakMap<object, Log>();

/** The work step from a function of the caller's, which runs in the caller's own thread. */
export function functionWork(work: Work | BatchWork, options: JobOptions, log: Log): WorkStep {
  const isAlone = typeof work === 'function';
  const run = isAlone ? work : work.run;
  const batch = isAlone ? null : batchOf(work);
  const limits = {
    // A function mostly waits for others: no thread is taken by one image more.
    concurrency: options.work_concurrency ?? (isAlone ? options.concurrency : 1),
    timeout_ms: options.work_timeout_ms,
    batch,
  };
  const queues = queuesOf.get(run) ?? createSharing<WorkQueue>(async () => {});
  queuesOf.set(run, queues);
  const { value: queue, release } = queues.take(JSON.stringify(limits), () =>
    createWorkQueue(functionWorkers(work), limits),
  );
  return {
    work(image, hooks) {
      logOf.set(image, log);
      return queue.work(image, hooks);
    },
    keepsBodies: true,
    gathering: gatheringOf(queue),
    close: release,
  };
}

function batchOf({ batch: { size, wait_ms } }: BatchWork): Batch {
  return { size, wait_ms: wait_ms ?? BATCH_WAIT_MS };
}

function functionWorkers(work: Work | BatchWork): Workers {
  return {
    hasRoom: () => true,
    settlesSoon: false,
    async run(images, { signal, log: tell }) {
      const [first] = images;
      const own = first && logOf.get(first);
      const log: Log = (...values) => {
        own?.(...values);
        tell(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
      };
      const given = images.map(({ chunks, ...image }) => {
        return { ...image, bytes: Buffer.concat(chunks ?? []) };
      });
      return outcomesOf(await outputsOf(work, given, { signal, log }), images.length).map(read);
    },
  };
}

async function outputsOf(
  work: Work | BatchWork,
  given: WorkedImage[],
  context: WorkContext,
): Promise<unknown> {
  if (typeof work !== 'function') return work.run(given, context);
  const [image] = given;
  return image ? [await work(image, context)] : [];
}

/** What another one gets is its own: what the caller does with its output later changes nothing. */
function read(outcome: Returned): WorkOutcome {
  if (typeof outcome === 'string') return { output: JSON.parse(outcome) };
  const { failed } = outcome;
  return { error: failed instanceof Error ? failed : new Error(messageOf(failed)) };
}

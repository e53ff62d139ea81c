import type { JobOptions } from '../options/job-options.ts';
import { BATCH_WAIT_MS, type Batch, type ModulePlace, type Traits } from './messages.ts';
import type { ThreadOptions } from './thread.ts';
import { createThreads, type Threads } from './threads.ts';
import { createWorkQueue, type WorkQueue } from './work.ts';

/** The options of a job that work goes by. */
export type WorkSettings = Pick<
  JobOptions,
  'work_concurrency' | 'work_timeout_ms' | 'work_batch' | 'work_batch_wait_ms' | 'work_grace_ms'
>;

export type ModuleWorkOptions = Pick<ThreadOptions, 'log' | 'debug'> & {
  place: ModulePlace;
  options: WorkSettings;
  /** How many images may be at work at once. */
  wanted: number;
  /** How many cores there are. */
  cores: number;
  warn(text: string): void;
  signal: AbortSignal;
};

export type LoadedWork = {
  queue: WorkQueue;
  threads: Pick<Threads, 'want' | 'close'>;
  /** Whether the module has something to do at its end. */
  closes: boolean;
};

/** Work by a module in threads; rejects with a `WorkError` where it can't be used. */
export async function createModuleWork(given: ModuleWorkOptions): Promise<LoadedWork> {
  const { place, options, wanted, cores, log, debug, warn, signal } = given;
  const { work_timeout_ms: timeout_ms, work_grace_ms: grace_ms } = options;
  let queue: WorkQueue | null = null;
  const threads = await createThreads({
    ...{ place, timeout_ms, grace_ms, wanted, log, debug, warn, signal },
    batched: options.work_batch !== null,
    most: (traits) => Math.ceil(callsAtOnce(options, traits, cores) / (traits?.concurrency ?? 1)),
    onRoom: () => queue?.dispatch(),
    onLost: (error) => queue?.fail(error),
  });
  const { traits } = threads;
  const concurrency = callsAtOnce(options, traits, cores);
  const batch = batchOf(options, traits);
  queue = createWorkQueue(threads, { concurrency, timeout_ms, batch });
  return { queue, threads, closes: traits.closes };
}

/**
 * How many calls are at work at once, unless it is said: as many as the module
 * takes in one thread. One batch, since a second one at once would be the other
 * half of it; else one image for each core.
 */
function callsAtOnce(options: WorkSettings, traits: Traits | null, cores: number): number {
  if (options.work_concurrency !== null) return options.work_concurrency;
  if (traits?.concurrency) return traits.concurrency;
  return batchOf(options, traits) ? 1 : cores;
}

/** What is said of batches on the command line goes before what the module says. */
function batchOf(
  { work_batch, work_batch_wait_ms }: Pick<WorkSettings, 'work_batch' | 'work_batch_wait_ms'>,
  traits: Pick<Traits, 'batch'> | null,
): Batch | null {
  const size = work_batch ?? traits?.batch?.size;
  if (size === undefined) return null;
  const wait_ms = work_batch_wait_ms ?? traits?.batch?.wait_ms ?? BATCH_WAIT_MS;
  return { size, wait_ms };
}

import type { JobOptions } from '../options/job-options.ts';
import { type WorkStep, workLimits } from '../runner/choose-work.ts';
import { outputJson } from '../work/output.ts';
import { createWork, type Worker } from '../work/work.ts';

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

/** The work step from a function of the caller's, which runs in the caller's own thread. */
export function functionWork(work: Work, options: JobOptions, log: WorkContext['log']): WorkStep {
  const worker: Worker = {
    settlesSoon: false,
    async run({ chunks, ...image }, signal) {
      const bytes = Buffer.concat(chunks ?? []);
      return JSON.parse(outputJson(await work({ ...image, bytes }, { signal, log })));
    },
  };
  return {
    // What waits in the caller's thread takes none: whoever must be spared says so.
    work: createWork(() => worker, {
      ...workLimits(options),
      concurrency: options.work_concurrency ?? options.concurrency,
    }),
    keepsBodies: true,
    async close() {},
  };
}

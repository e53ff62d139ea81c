import { type Command, Option } from 'commander';
import { BOUNDS } from '../options/bounds.ts';
import type { JobOptions } from '../options/job-options.ts';
import { workPath } from '../work/find-module.ts';
import { parseCount, parseDuration, parsePath, parsePause } from './parse-option.ts';

/** What is given to commander, and the name of the option it gives. */
type WorkValues = {
  work?: string;
  workConcurrency?: number;
  workTimeout?: number;
  workBatch?: number;
  workBatchWait?: number;
  workRetries?: number;
  workGrace?: number;
};

/** Adds the options on work of the user's own. None has a default: what is not given is not there, or as it was. */
export function addWorkOptions(command: Command): void {
  command
    .option(
      '--work <module>',
      'run a module or package on each image, in place of the sleep',
      parsePath,
    )
    .option(
      '--work-concurrency <n>',
      'images or batches at work at once (default: as many as there are cores)',
      parseCount(BOUNDS.work_concurrency),
    )
    .option('--work-batch <n>', 'images of any stores in one batch', parseCount(BOUNDS.work_batch))
    .option(
      '--work-batch-wait <duration>',
      'wait for a batch to be full (default: 20ms)',
      parsePause,
    )
    .option('--work-timeout <duration>', 'for one image or batch (default: 60s)', parseDuration)
    .option(
      '--work-retries <n>',
      'more attempts at the work on an image (default: 0)',
      parseCount(BOUNDS.work_retries),
    )
    .option('--work-grace <duration>', 'for its close() at the end (default: 10s)', parseDuration);
}

/** Of a command that writes results. */
export function workOutputOption(): Option {
  const what = 'write what the work returns to this file, as NDJSON, and not to the results';
  return new Option('--work-output <path>', what);
}

/** Those of the job options that were given. */
export function readWorkOptions(command: Command): Partial<JobOptions> {
  const given = command.opts<WorkValues>();
  const values: Partial<JobOptions> = {};
  // Also good for a resume from another folder.
  if (given.work !== undefined) values.work = workPath(given.work, process.cwd());
  if (given.workConcurrency !== undefined) values.work_concurrency = given.workConcurrency;
  if (given.workTimeout !== undefined) values.work_timeout_ms = given.workTimeout;
  if (given.workBatch !== undefined) values.work_batch = given.workBatch;
  if (given.workBatchWait !== undefined) values.work_batch_wait_ms = given.workBatchWait;
  if (given.workRetries !== undefined) values.work_retries = given.workRetries;
  if (given.workGrace !== undefined) values.work_grace_ms = given.workGrace;
  return values;
}

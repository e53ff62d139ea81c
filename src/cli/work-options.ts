import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BOUNDS } from '../options/bounds.ts';
import type { JobOptions } from '../options/job-options.ts';
import { parseCount, parseDuration, parsePath } from './parse-option.ts';

type WorkValues = { work?: string; workConcurrency?: number; workTimeout?: number };

/** Adds the options on work of the user's own. None has a default: what is not given is not there, or as it was. */
export function addWorkOptions(command: Command): void {
  command
    .option('--work <module>', 'do the work of its default export in place of the sleep', parsePath)
    .option(
      '--work-concurrency <n>',
      'images at work at once (default: as many as there are cores)',
      parseCount(BOUNDS.work_concurrency),
    )
    .option('--work-timeout <duration>', 'for the work on one image (default: 60s)', parseDuration);
}

/** Those of the job options that were given. */
export function readWorkOptions(command: Command): Partial<JobOptions> {
  const { work, workConcurrency, workTimeout } = command.opts<WorkValues>();
  const values: Partial<JobOptions> = {};
  // Also good for a resume from another folder.
  if (work !== undefined) values.work = resolve(work);
  if (workConcurrency !== undefined) values.work_concurrency = workConcurrency;
  if (workTimeout !== undefined) values.work_timeout_ms = workTimeout;
  return values;
}

import type { Fleet } from '../fleet/fleet.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { type ClaimedJob, keepInMemory } from '../runner/open-job.ts';
import { createRunner, type Runner } from '../runner/runner.ts';
import {
  type CheckedRunJobOptions,
  checkRunJobOptions,
  type RunJobOptions,
  wrongUsage,
} from './run-job-options.ts';
import { type RunningJob, runToResults } from './running-job.ts';
import { functionWork } from './work.ts';

/**
 * Runs a job to its results, which are kept in memory alone. A manifest may be
 * run several times; it stays open. Throws `usage` for an option that can't be.
 */
export function runJob<Output = unknown>(
  manifest: Manifest,
  options: RunJobOptions<Output> = {},
): RunningJob<Output> {
  checkManifest(manifest, 'runJob');
  const checked = checkRunJobOptions(options, 'runJob');
  const claim = async () => claimInMemory(manifest, checked);
  const stop = new AbortController();
  return runToResults({ runner: processRunner(), claim, stop, signal: checked.signal });
}

/** Throws `usage` for what is no manifest: a program may have been made without types. */
export function checkManifest(manifest: Manifest, caller: string): void {
  if (typeof manifest?.store === 'function') return;
  throw wrongUsage(`${caller}: manifest: expected one of readManifest`);
}

/** A job that nothing keeps. */
export function claimInMemory(
  manifest: Manifest,
  { job, headers, work, log }: CheckedRunJobOptions,
): ClaimedJob {
  return {
    ...{ manifest, path: '-', manifest_path: null, options: job, headers },
    ...{ fetches: true, fsync: false },
    work: work ? functionWork(work, job, log) : null,
    open: async () => keepInMemory(manifest),
    async close() {},
    release() {},
  };
}

let sharedRunner: Runner | null = null;

/** What runs the jobs of `runJob`: one cap, one network, one limiter of hosts for all of them. */
function processRunner(): Runner {
  sharedRunner ??= createLibraryRunner(null);
  return sharedRunner;
}

/** A runner without a person at a terminal: work of the caller's own logs to whoever gave it. */
export function createLibraryRunner(
  concurrency: number | null,
  fleet: Fleet | null = null,
): Runner {
  const work = { log() {}, say() {}, debug: false };
  return createRunner({ concurrency, env: process.env, fleet, work });
}

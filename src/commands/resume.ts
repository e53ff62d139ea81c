import { createGitHub } from '../batch/github.ts';
import type { ReportPaths } from '../batch/reports.ts';
import { runBatch } from '../batch/run-batch.ts';
import { type FleetGiven, fleetOf } from '../fleet/given.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ProgressKind } from '../progress/choose-progress.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { claimKept } from '../runner/claim-kept.ts';
import type { ClaimedJob } from '../runner/open-job.ts';
import { locateState } from '../state/locate.ts';
import { createLog } from '../terminal/log.ts';

export type ResumeOptions = {
  stateDir?: string;
  fsync: boolean;
  /** Milliseconds to wait for a job that another process runs. */
  wait: number;
  output?: string;
  format: ResultsFormat;
  progress: ProgressKind;
  quiet: boolean;
  retryFailed: boolean;
  headers: Header[];
} & ReportPaths &
  FleetGiven;

/**
 * `imgjob resume <job_id>`: goes on with a job under the options it had, but
 * for those that are `given`. Of a job that has ended it writes the results.
 */
export async function resume(
  job_id: string,
  given: Partial<JobOptions>,
  options: ResumeOptions,
): Promise<number> {
  const { env } = process;
  const state = locateState(options.stateDir, env);
  const { fsync, wait, retryFailed, output, format, progress, quiet, headers } = options;
  const log = createLog(options);
  const fleet = await fleetOf(options, log);
  let job: ClaimedJob | null = null;
  try {
    job = await claimKept(state, job_id, {
      ...{ given, headers, fsync, log },
      ...{ wait_ms: wait, retry_failed: retryFailed },
    });
    const { exitCode } = await runBatch([job], {
      ...{ fleet, concurrency: job.options.concurrency },
      debug: process.argv.includes('--debug'),
      github: createGitHub(env, 'auto'),
      reports: options,
      ...{ progress, quiet, output, format, env },
    });
    return exitCode;
  } finally {
    job?.release();
    await fleet?.close();
  }
}

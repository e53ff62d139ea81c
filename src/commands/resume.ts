import { createGitHub } from '../batch/github.ts';
import type { ReportPaths } from '../batch/reports.ts';
import { runBatch } from '../batch/run-batch.ts';
import { ImgjobError } from '../errors.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ProgressKind } from '../progress/choose-progress.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { resumingJob } from '../runner/open-job.ts';
import { claimJob, unknownJob } from '../state/claim.ts';
import { type KeptJob, readKeptJob } from '../state/kept-job.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import { locateState } from '../state/locate.ts';
import { findJob } from '../state/state-folder.ts';
import { createLog, logDamage, logRisks } from '../terminal/log.ts';

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
} & ReportPaths;

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
  if (!(await findJob(state.folder, job_id))) throw unknownJob(state, job_id);
  const log = createLog(options);
  const claim = await claimJob(state, job_id, { wait_ms: options.wait, onWait: log });
  try {
    await sweepLeftovers(state.folder);
    const kept = claim.files && (await readKeptJob(claim.files, { writable: true }));
    if (!kept) throw unknownJob(state, job_id);
    logDamage(kept.damaged, log);
    const nothingToDo = whyNothing(kept, options.retryFailed);
    if (nothingToDo) log(`${kept.reducer.job_id} ${nothingToDo}`);
    const { fsync, retryFailed: retry_failed, output, format, progress, quiet, headers } = options;
    const job = Object.assign({ ...kept.options }, given);
    if (!nothingToDo) refuseMissing(kept, options.headers);
    logRisks(job, log);
    // What is only needed to fetch must not keep the results from being written.
    const going = { options: job, headers, path: '-', fsync, retry_failed, fetches: !nothingToDo };
    const { exitCode } = await runBatch([resumingJob(claim, kept, going)], {
      concurrency: job.concurrency,
      debug: process.argv.includes('--debug'),
      github: createGitHub(env, 'auto'),
      reports: options,
      ...{ progress, quiet, output, format, env },
    });
    return exitCode;
  } finally {
    claim.lock.release();
  }
}

/** Of headers only the names are kept: their values must be given again. */
function refuseMissing({ options, reducer }: KeptJob, headers: Header[]): void {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const missing = options.headers.find((name) => !given.has(name.toLowerCase()));
  if (missing === undefined) return;
  throw new ImgjobError('usage', `${reducer.job_id} was started with the header ${missing}`, {
    hint: `Give it again: -H '${missing}: …'`,
  });
}

function whyNothing({ reducer }: KeptJob, retryFailed: boolean): string | null {
  const status = reducer.status();
  if (status === 'completed') return 'has completed: nothing is left to do';
  if (status === 'ongoing' || retryFailed) return null;
  return 'has ended: nothing is fetched (--retry-failed does failed stores again)';
}

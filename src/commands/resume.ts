import type { JobOptions } from '../job/events.ts';
import { findJob } from '../journal/state-folder.ts';
import { showText } from '../prose.ts';
import type { ResultsFormat } from '../report/results-text.ts';
import { printDamage } from './damage.ts';
import { type KeepOptions, resumeInput } from './job-input.ts';
import { readKeptJob } from './kept-job.ts';
import type { ProgressKind } from './progress.ts';
import { runJobs } from './run-jobs.ts';
import { claimJob, stateFolder, unknownJob } from './state.ts';

export type ResumeOptions = KeepOptions & {
  output?: string;
  format: ResultsFormat;
  progress: ProgressKind;
  retryFailed: boolean;
};

/**
 * `imgjob resume <job_id>`: goes on with a job under the options it had, but
 * for those that are `given`. Of a job that has ended it writes the results.
 */
export async function resume(
  job_id: string,
  given: Partial<JobOptions>,
  options: ResumeOptions,
): Promise<number> {
  const state = stateFolder(options.stateDir);
  if (!(await findJob(state, job_id))) throw unknownJob(job_id);
  const claim = await claimJob(state, job_id);
  try {
    const kept = claim.files && (await readKeptJob(claim.files, 'a+'));
    if (!kept) throw unknownJob(job_id);
    const say = (line: string) => {
      if (options.progress !== 'json') process.stderr.write(`imgjob: ${showText(line)}\n`);
    };
    printDamage(kept.damaged, say);
    const status = kept.fold.status();
    if (status === 'completed') say(`${job_id} has completed: nothing is left to do`);
    if (status === 'failed' && !options.retryFailed) {
      say(`${job_id} has ended: nothing is fetched (--retry-failed does failed stores again)`);
    }
    const job = Object.assign({ ...kept.options }, given);
    const input = resumeInput(claim, kept, {
      ...{ ...options, job, path: '-', retry_failed: options.retryFailed },
    });
    const { exitCode } = await runJobs([input], { ...options, job, output: options.output });
    return exitCode;
  } finally {
    claim.lock.release();
  }
}

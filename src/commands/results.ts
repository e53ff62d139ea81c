import { EXIT, ImgjobError } from '../errors.ts';
import { findJob, previousFiles } from '../journal/state-folder.ts';
import { streamOutput } from '../report/output.ts';
import { type ResultsFormat, resultsText } from '../report/results-text.ts';
import { readKeptJob } from './kept-job.ts';
import { say, sayDamage } from './say.ts';
import { locateState, unknownJob } from './state.ts';

export type ResultsOptions = { stateDir?: string; previous: boolean; format: ResultsFormat };

/** `imgjob results <job_id>`: writes a job's results document to standard output, as it stands. */
export async function results(job_id: string, options: ResultsOptions): Promise<number> {
  const state = locateState(options.stateDir);
  const files = await findJob(state.folder, job_id);
  if (!files) throw unknownJob(state, job_id);
  const job = await readKeptJob(options.previous ? previousFiles(files) : files);
  if (!job && options.previous) {
    throw new ImgjobError('unknown-job', `there is no run of ${job_id} before the last one`);
  }
  if (!job) throw unknownJob(state, job_id);
  try {
    sayDamage(job.damaged, say);
    await streamOutput(process.stdout).write(resultsText(job, options.format));
    return EXIT.ok;
  } finally {
    await job.close();
  }
}

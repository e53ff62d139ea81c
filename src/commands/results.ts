import { EXIT } from '../errors.ts';
import { findJob, previousFiles } from '../journal/state-folder.ts';
import { streamOutput } from '../report/output.ts';
import { type ResultsFormat, resultsText } from '../report/results-text.ts';
import { printDamage } from './damage.ts';
import { readKeptJob } from './kept-job.ts';
import { stateFolder, unknownJob } from './state.ts';

export type ResultsOptions = { stateDir?: string; previous: boolean; format: ResultsFormat };

/** `imgjob results <job_id>`: writes a job's results document to standard output, as it stands. */
export async function results(job_id: string, options: ResultsOptions): Promise<number> {
  const files = await findJob(stateFolder(options.stateDir), job_id);
  if (!files) throw unknownJob(job_id);
  const job = await readKeptJob(options.previous ? previousFiles(files) : files, 'r');
  if (!job) throw unknownJob(options.previous ? `before the last ${job_id}` : job_id);
  try {
    printDamage(job.damaged, (line) => process.stderr.write(`imgjob: ${line}\n`));
    await streamOutput(process.stdout).write(resultsText(job, options.format));
    return EXIT.ok;
  } finally {
    await job.close();
  }
}

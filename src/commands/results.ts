import { EXIT, ImgjobError } from '../errors.ts';
import { standardOutput } from '../files/stream-output.ts';
import { type ResultsFormat, resultsText } from '../results/results-text.ts';
import { readKeptJob } from '../state/kept-job.ts';
import { locateState } from '../state/locate.ts';
import { findJob, previousFiles } from '../state/state-folder.ts';
import { unknownJob } from '../state/unknown-job.ts';
import { log, logDamage } from '../terminal/log.ts';

export type ResultsOptions = {
  stateDir?: string;
  previous: boolean;
  format: ResultsFormat;
  /** Asks a server in place of the state folder. */
  server?: string;
  token?: string;
};

/** `imgjob results <job_id>`: writes a job's results document to standard output, as it stands. */
export async function results(job_id: string, options: ResultsOptions): Promise<number> {
  if (options.server !== undefined) {
    const { printServerResults } = await import('../client/server-status.ts');
    await printServerResults(job_id, { ...options, server: options.server });
    return EXIT.ok;
  }
  const state = locateState(options.stateDir, process.env);
  const files = await findJob(state.folder, job_id);
  if (!files) throw await unknownJob(state, job_id, 'results');
  const job = await readKeptJob(options.previous ? previousFiles(files) : files);
  if (!job && options.previous) {
    throw new ImgjobError('unknown-job', `${job_id} has no earlier run`);
  }
  if (!job) throw await unknownJob(state, job_id, 'results');
  try {
    logDamage(job.damaged, log);
    await standardOutput().write(() => resultsText(job, options.format));
    return EXIT.ok;
  } finally {
    await job.close();
  }
}

import type { Job } from '../job/controller.ts';
import type { JobStatus, ResultsHead } from '../job/schema.ts';
import type { Output } from '../report/output.ts';
import { type ResultsFormat, resultsText } from '../report/results-text.ts';
import type { Style } from '../report/style.ts';
import { type Facts, summaryLines } from '../report/summary.ts';
import type { JobInput, OpenJob } from './job-input.ts';

/** A job that runs, where its results go, and how to go on with it. */
export type RunningJob = {
  job: Job;
  input: JobInput;
  output: Output;
  command: OpenJob['command'];
};

/** How a job ended, in a few lines: the job itself is let go. */
export type JobEnd = {
  job_id: string;
  status: JobStatus;
  summary: ResultsHead['summary'];
  lines: string[];
  /** The command that goes on with it; null where nothing is kept. */
  resumeCommand: string | null;
};

export type FinishOptions = { format: ResultsFormat; style: Style; onAllEnded(): void };

/**
 * Writes each job's results and lets the job go: into a file as soon as it has
 * ended, into standard output in the order of the manifests when all have.
 * What goes wrong with one job or its file does not keep the others from being
 * written.
 */
export async function finishJobs(
  running: RunningJob[],
  options: FinishOptions,
): Promise<{ ends: JobEnd[]; errors: unknown[] }> {
  const errors: unknown[] = [];
  const finish = async (job: RunningJob): Promise<JobEnd> => {
    const name = await writeResults(job, options.format).catch((error: unknown) => {
      errors.push(error);
      return null;
    });
    await job.input.close();
    return endOf(job, name, options);
  };
  const ended = await Promise.all(
    // Taken out of the list: whatever still holds that would keep every job in memory.
    running.splice(0).map(async (one) => {
      await one.job.done.catch((error: unknown) => errors.push(error));
      return one.output.shared ? () => finish(one) : finish(one);
    }),
  );
  options.onAllEnded();
  const ends: JobEnd[] = [];
  for (const end of ended) ends.push(typeof end === 'function' ? await end() : end);
  return { ends, errors };
}

/** Answers the name of the place they were written to. */
async function writeResults({ job, output }: RunningJob, format: ResultsFormat): Promise<string> {
  await output.write(resultsText(job, format));
  return output.name;
}

function endOf(
  { job: { fold }, output, command }: RunningJob,
  name: string | null,
  { format, style }: FinishOptions,
): JobEnd {
  const place = output.shared ? [] : ['-o', output.name];
  const kind = format === 'json' ? [] : ['--format', format];
  const facts: Facts = name === null ? [] : [['results', name]];
  return {
    job_id: fold.job_id,
    status: fold.status(),
    summary: fold.summary(),
    lines: summaryLines(fold, { word: 'stopped', facts }, style),
    resumeCommand: command?.('resume', fold.job_id, ...place, ...kind) ?? null,
  };
}

import { createGitHub } from '../batch/github.ts';
import type { ReportPaths } from '../batch/reports.ts';
import { runJobs } from '../batch/run-batch.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import { type ManifestFormat, printProblems, readManifests } from '../manifest/read-all.ts';
import type { Header } from '../options.ts';
import type { ProgressKind } from '../progress/choose-progress.ts';
import type { JobOptions } from '../results/events.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { type PlanOptions, planJobs } from '../runner/claim-jobs.ts';
import type { ReadInput } from '../runner/open-job.ts';
import { createLog, logRisks } from '../terminal/log.ts';

/** The options of `imgjob run` as the command line gives them. */
export type RunOptions = Omit<PlanOptions, 'job' | 'log'> & {
  output?: string;
  jobId?: string;
  manifestFormat: ManifestFormat;
  format: ResultsFormat;
  progress: ProgressKind;
  quiet: boolean;
  headers: Header[];
} & ReportPaths;

/** `imgjob run <manifest...>`: runs all jobs at once under one cap. Answers the exit code. */
export async function run(paths: string[], job: JobOptions, options: RunOptions): Promise<number> {
  if (options.jobId !== undefined && paths.length > 1) {
    throw new ImgjobError('usage', '--job-id names one job, but there are several manifests');
  }
  const { inputs, warnings, problems } = await readManifests(paths, {
    format: options.manifestFormat,
    job_id: options.jobId ?? null,
  });
  if (problems.length > 0) {
    printProblems(problems);
    return EXIT.usage;
  }
  refuseSameId(inputs);
  if (options.resume) refuseUnnamed(inputs);
  const log = createLog(options);
  for (const warning of warnings) log(`warning: ${warning}`);
  logRisks(job, log);
  const { exitCode } = await runJobs(await planJobs(inputs, { ...options, job, log }), {
    job,
    fetches: true,
    github: createGitHub(process.env, options.manifestFormat),
    progress: options.progress,
    quiet: options.quiet,
    output: options.output,
    format: options.format,
    reports: options,
    headers: options.headers,
  });
  return exitCode;
}

/** A made-up id is never found again: the job would start over each time. */
function refuseUnnamed(inputs: ReadInput[]): void {
  const unnamed = inputs.find(({ named }) => !named);
  if (!unnamed) return;
  throw new ImgjobError('usage', `--resume needs a job_id, and ${unnamed.path} has none`, {
    hint: 'Write one into the manifest, or give it with --job-id.',
  });
}

function refuseSameId(inputs: ReadInput[]): void {
  const paths = new Map<string, string>();
  for (const { manifest, path } of inputs) {
    const key = manifest.job_id.toLowerCase();
    const other = paths.get(key);
    if (other !== undefined) {
      throw new ImgjobError('usage', `${other} and ${path} name the same job: ${manifest.job_id}`, {
        hint: 'Give each manifest a job_id of its own, in any spelling of case.',
      });
    }
    paths.set(key, path);
  }
}

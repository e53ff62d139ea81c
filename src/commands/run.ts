import { EXIT, ImgjobError } from '../errors.ts';
import type { ResultsFormat } from '../report/results-text.ts';
import { type ManifestFormat, printProblems, readManifests } from './manifests.ts';
import type { JobInput } from './outputs.ts';
import type { ProgressKind } from './progress.ts';
import { runJobs } from './run-jobs.ts';

const MAX_PROBLEMS = 20;

/** The options of `imgjob run` as the command line gives them: durations in ms, sizes in bytes. */
export type RunOptions = {
  output?: string;
  concurrency: number;
  sleep: number;
  timeout: number;
  connectTimeout: number;
  maxBytes: number;
  maxRedirects: number;
  jobId?: string;
  manifestFormat: ManifestFormat;
  format: ResultsFormat;
  progress: ProgressKind;
};

/** `imgjob run <manifest...>`: runs all jobs at once under one cap. Answers the exit code. */
export async function run(paths: string[], options: RunOptions): Promise<number> {
  if (options.jobId !== undefined && paths.length > 1) {
    throw new ImgjobError('usage', '--job-id names one job, but there are several manifests');
  }
  const { inputs, warnings, problems } = await readManifests(paths, {
    format: options.manifestFormat,
    job_id: options.jobId ?? null,
  });
  if (problems.length > 0) {
    printProblems(problems, MAX_PROBLEMS);
    return EXIT.usage;
  }
  refuseSameId(inputs);
  if (options.progress !== 'json') {
    for (const warning of warnings) process.stderr.write(`imgjob: warning: ${warning}\n`);
  }
  const { exitCode } = await runJobs(inputs, {
    job: {
      concurrency: options.concurrency,
      sleep_ms: options.sleep,
      timeout_ms: options.timeout,
      connect_timeout_ms: options.connectTimeout,
      max_bytes: options.maxBytes,
      max_redirects: options.maxRedirects,
    },
    progress: options.progress,
    output: options.output,
    format: options.format,
  });
  return exitCode;
}

function refuseSameId(inputs: JobInput[]): void {
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

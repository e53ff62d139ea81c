import { existsSync } from 'node:fs';
import { createGitHub } from '../batch/github.ts';
import type { ReportPaths } from '../batch/reports.ts';
import { runBatch } from '../batch/run-batch.ts';
import { EXIT, ImgjobError, systemCode } from '../errors.ts';
import { type FleetGiven, fleetOf } from '../fleet/given.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { printProblems, readManifests } from '../manifest/read-all.ts';
import { DEFAULTS } from '../options/defaults.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ProgressKind } from '../progress/choose-progress.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { claimJobs } from '../runner/claim-jobs.ts';
import type { ReuseBy } from '../runner/reuse.ts';
import { locateState, type State } from '../state/locate.ts';
import { findJob } from '../state/state-folder.ts';
import { createLog, logRisks } from '../terminal/log.ts';
import { formatDuration } from '../terminal/numbers.ts';

/** The options of `imgjob run` as the command line gives them, but for those of the jobs. */
export type RunOptions = {
  /** False for `--no-state`. */
  state: boolean;
  stateDir?: string;
  stateDirGiven: boolean;
  /** Whether it was said how long an image sleeps. */
  sleepGiven: boolean;
  fsync: boolean;
  /** Milliseconds to wait for jobs that another process runs. */
  wait: number;
  resume: boolean;
  retryFailed: boolean;
  reuse: ReuseBy | null;
  force: boolean;
  output?: string;
  jobId?: string;
  manifestFormat: ManifestFormat;
  format: ResultsFormat;
  progress: ProgressKind;
  quiet: boolean;
  headers: Header[];
} & ReportPaths &
  FleetGiven;

/** Who has no work of their own wonders what takes the time. */
const SLEEPS = `work is a sleep of ${formatDuration(DEFAULTS.sleep_ms)}: --sleep 0 is without, --work is your own`;

/** `imgjob run <manifest...>`: runs all jobs at once under one cap. Answers the exit code. */
export async function run(
  paths: string[],
  options: JobOptions,
  given: RunOptions,
): Promise<number> {
  const { jobId, manifestFormat, stateDir, stateDirGiven, fsync, wait, resume, force } = given;
  const { retryFailed, reuse } = given;
  if (jobId !== undefined && paths.length > 1) {
    throw new ImgjobError('usage', '--job-id names one job, but there are several manifests');
  }
  const { env } = process;
  const { inputs, warnings, problems } = await readManifests(paths, {
    format: manifestFormat,
    stdin: () => process.stdin,
    job_id: jobId ?? null,
  }).catch(async (error: unknown) => {
    throw given.state ? await withJobHint(error, paths, locateState(stateDir, env)) : error;
  });
  if (problems.length > 0) {
    printProblems(problems);
    return EXIT.usage;
  }
  refuseSameId(inputs);
  if (resume) refuseUnnamed(inputs, '--resume');
  if (retryFailed) refuseUnnamed(inputs, '--retry-failed');
  if (reuse !== null) refuseUnnamed(inputs, '--reuse');
  const log = createLog(given);
  for (const warning of warnings) log(`warning: ${warning}`);
  logRisks(options, log);
  const { progress, quiet, output, format, headers } = given;
  const fleet = await fleetOf(given, log);
  try {
    const jobs = await claimJobs(inputs, {
      ...{ options, headers, stateDirGiven, fsync, wait_ms: wait, resume, retryFailed, reuse },
      ...{ force, log },
      state: given.state ? () => locateState(stateDir, env) : null,
    });
    // In a fleet its workers say what the work is.
    if (!fleet && options.work === null && !given.sleepGiven && progress !== 'none') {
      log(SLEEPS);
    }
    const { exitCode } = await runBatch(jobs, {
      ...{ fleet, concurrency: options.concurrency },
      debug: process.argv.includes('--debug'),
      github: createGitHub(env, manifestFormat),
      reports: given,
      ...{ progress, quiet, output, format, env },
    });
    return exitCode;
  } finally {
    await fleet?.close();
  }
}

/** A made-up id is never found again: the job would start over each time. */
function refuseUnnamed(inputs: ReadInput[], option: string): void {
  const unnamed = inputs.find(({ named }) => !named);
  if (!unnamed) return;
  throw new ImgjobError('usage', `${option} needs a job_id, and ${unnamed.path} has none`, {
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
        hint: 'Give each manifest a job_id of its own. Upper and lower case are the same.',
      });
    }
    paths.set(key, path);
  }
}

/** A job's id may have been given for its manifest. */
async function withJobHint(error: unknown, paths: string[], state: State): Promise<unknown> {
  if (!(error instanceof ImgjobError) || systemCode(error.cause) !== 'ENOENT') return error;
  for (const path of paths) {
    if (existsSync(path) || !(await findJob(state.folder, path))) continue;
    const hint = `That is a job. To go on with it: ${state.command('resume', path)}`;
    return new ImgjobError(error.code, error.message, { cause: error.cause, hint });
  }
  return error;
}

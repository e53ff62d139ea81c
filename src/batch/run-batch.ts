import { EXIT, isOf, messageOf } from '../errors.ts';
import type { Output } from '../files/output.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { chooseProgress, type ProgressKind } from '../progress/choose-progress.ts';
import type { Progress } from '../progress/progress.ts';
import type { WorkLog } from '../results/events.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { limitConnections, openFilesNeed } from '../runner/open-files.ts';
import { type ClaimedJob, type OpenJob, openJob, type PreparedJob } from '../runner/open-job.ts';
import { createRunner, type Runner } from '../runner/runner.ts';
import { createLog } from '../terminal/log.ts';
import { logLine } from '../terminal/prose.ts';
import { foldCommand } from '../terminal/shell-word.ts';
import { columnsOf, detectStyle } from '../terminal/style.ts';
import type { BatchJob } from './batch-job.ts';
import { finishJobs, type JobEnd } from './finish-jobs.ts';
import type { GitHub } from './github.ts';
import { ignoresHangup } from './hangup.ts';
import { openOutputs } from './outputs.ts';
import { openReports, type Report, type ReportPaths } from './reports.ts';
import { type CaughtSignal, catchSignals, exitCodeOf, exitNow } from './signals.ts';
import { logWork, sayOfWork } from './work-lines.ts';

const STOPPING = 'stopping: what has finished is kept (Ctrl-C again after 1 s quits at once)';

/** How a batch of jobs is run from a command line. */
export type BatchOptions = {
  /** The machines that run the stores; null for this process. */
  fleet: Fleet | null;
  /** Stores at once, of all jobs together. */
  concurrency: number;
  progress: ProgressKind;
  /** Says nothing but warnings, errors, and which jobs failed. */
  quiet: boolean;
  /** Shows where an error of the user's own work came from. */
  debug: boolean;
  output: string | undefined;
  format: ResultsFormat;
  reports: ReportPaths;
  /** Null where GitHub Actions is told nothing. */
  github: GitHub | null;
  env: Record<string, string | undefined>;
};

export type BatchEnd = { exitCode: number; jobs: JobEnd[] };

/** What is to be left as it was found, whatever happens. */
type Batch = {
  /** The jobs that have not started; they are closed at the end. */
  jobs: ClaimedJob[];
  /** Those of them for which all is loaded. */
  prepared: PreparedJob[];
  outputs: Output[];
  progress: Progress | null;
  stoppedBy: CaughtSignal | null;
};

/**
 * Runs claimed jobs to their results: opens the outputs and what keeps the
 * jobs, runs them with progress and signals, writes each document and prints
 * the summaries. The jobs are taken out of their list, and closed.
 */
export async function runBatch(jobs: ClaimedJob[], options: BatchOptions): Promise<BatchEnd> {
  const batch: Batch = {
    jobs: jobs.splice(0),
    prepared: [],
    outputs: [],
    progress: null,
    stoppedBy: null,
  };
  const releases = batch.jobs.map(({ release }) => release);
  const stop = new AbortController();
  const leave = () => {
    batch.progress?.stop();
    for (const output of batch.outputs) output.discard();
    for (const release of releases) release();
  };
  // Also on a way out that nobody foresaw.
  process.once('exit', leave);
  const repeatPassed = catchSignals({
    onFirst(signal) {
      batch.stoppedBy = signal;
      if (!options.quiet) batch.progress?.note(STOPPING);
      stop.abort(signal);
    },
    onSecond(signal) {
      leave();
      void exitNow(signal);
    },
    ignoresHangup: ignoresHangup(options.env),
  });
  const { concurrency, env, debug } = options;
  const log = (line: WorkLog) => logWork(line, { ...options, batch, activities: [] });
  const say = (text: string) => sayOfWork(text, batch, options);
  const runner = createRunner({
    concurrency,
    env,
    fleet: options.fleet,
    work: { log, say, debug },
  });
  try {
    return await runOn(runner, batch, { ...options, signal: stop.signal });
  } catch (error) {
    const { stoppedBy } = batch;
    if (!stoppedBy || !isOf(error, 'stopped')) throw error;
    createLog(options)(`stopped by ${stoppedBy} before anything was started`);
    return { exitCode: exitCodeOf(stoppedBy), jobs: [] };
  } finally {
    leave();
    process.off('exit', leave);
    for (const job of batch.prepared) await job.giveBack();
    await runner.close();
    await repeatPassed();
    for (const job of batch.jobs) await job.close();
  }
}

type Running = BatchOptions & { signal: AbortSignal };

async function runOn(runner: Runner, batch: Batch, options: Running): Promise<BatchEnd> {
  if (!options.fleet) warnOfOpenFiles(batch.jobs, options);
  const { signal } = options;
  // All that is only looked at comes first: where it is wrong, nothing is left behind.
  for (const job of batch.jobs) batch.prepared.push(await runner.prepare(job, signal));
  const waiting = {
    signal,
    onWait: (path: string) => createLog(options)(`waiting for a reader of ${path}`),
  };
  const results = await openOutputs(batch.jobs, { ...options, waiting });
  batch.outputs.push(...results);
  const reports = await openReports(batch.jobs, options.reports, batch.outputs, waiting);
  const { env, github, format, quiet } = options;
  const style = detectStyle(process.stderr, env);
  const view = { stream: process.stderr, run: runner, elapsed: () => performance.now(), env };
  const open = await openAll(batch.prepared);
  const progress = await chooseProgress(options.progress, view, style);
  batch.progress = progress;
  runner.subscribe({
    everyEvent: progress.everyEvent,
    onEvent(event) {
      if (event.type !== 'work_log') return progress.onEvent(event);
      return logWork(event, { ...options, batch, activities: runner.activities });
    },
  });
  const fleet = options.fleet?.options ?? [];
  const starting = { batch, open, results, reports, fleet, signal: options.signal };
  const running = startAll(runner, starting);
  const onAllEnded = () => progress.stop();
  const finishing = { format, style, columns: columnsOf(process.stderr), github, onAllEnded };
  const { ends, errors } = await finishJobs(running, finishing);
  // Work that ends for long is waited for before the last word is said.
  const unclosed = await runner.close().then(
    () => null,
    (error: unknown) => error,
  );
  if (options.progress !== 'json') printEnds(ends, batch.stoppedBy, quiet);
  await tellGitHub(ends, batch.outputs, options);
  // A run that was stopped says so in its exit code all the same.
  if (unclosed && batch.stoppedBy) createLog(options)(`warning: ${messageOf(unclosed)}`);
  else if (unclosed) errors.push(unclosed);
  if (errors.length > 0) throw new AggregateError(errors);
  return { exitCode: exitCodeFor(ends, batch.stoppedBy), jobs: ends };
}

/** Says where the system allows fewer connections than could be used. */
function warnOfOpenFiles(jobs: ClaimedJob[], options: BatchOptions): void {
  const { warning } = limitConnections(openFilesNeed(jobs, options.concurrency));
  if (warning) createLog(options)(warning);
}

/** Opens all jobs before the first starts: one that can't be opened starts nothing. */
async function openAll(jobs: PreparedJob[]): Promise<OpenJob[]> {
  const open: OpenJob[] = [];
  for (const job of jobs) open.push(await openJob(job));
  return open;
}

type Start = {
  batch: Batch;
  open: OpenJob[];
  results: Output[];
  reports: Report[][];
  fleet: readonly string[];
  signal: AbortSignal;
};

function startAll(
  runner: Runner,
  { batch, open, results, reports, fleet, signal }: Start,
): BatchJob[] {
  batch.jobs = [];
  batch.prepared = [];
  return open.splice(0).map((job, index) => {
    const output = results[index];
    if (!output) throw new RangeError('each job has an output');
    const running = runner.start(job, { signal });
    const { path, manifest_path, folder, options, command, watch, asKept, close } = job;
    watch?.onWarning((text) => batch.progress?.note(`imgjob: ${text}`));
    const places = { output, reports: reports[index] ?? [], fleet };
    const kept = { path, manifest_path, folder, options, command, watch, asKept, close };
    return { job: running, ...kept, ...places };
  });
}

function printEnds(ends: JobEnd[], stoppedBy: CaughtSignal | null, quiet: boolean): void {
  for (const { lines, status, failure } of ends) {
    if (!quiet) process.stderr.write(`${lines.map(logLine).join('\n')}\n`);
    else if (status === 'failed') process.stderr.write(`${logLine(`imgjob: ${failure}`)}\n`);
  }
  if (!stoppedBy) return;
  for (const { status, resumeCommand } of ends) {
    if (status !== 'ongoing') continue;
    process.stderr.write(`stopped by ${stoppedBy}; ${wayOn(resumeCommand)}\n`);
  }
}

/** How to go on, with the command on lines of its own where a terminal has no room for it. */
function wayOn(command: string | null): string {
  if (command === null) return 'run it again to start over';
  const columns = columnsOf(process.stderr);
  const line = `go on with: ${command}`;
  if (columns === null || line.length + 'stopped by SIGTERM; '.length <= columns) return line;
  return ['go on with:', ...foldCommand(command, columns - 2).map((each) => `  ${each}`)].join(
    '\n',
  );
}

async function tellGitHub(ends: JobEnd[], outputs: Output[], options: BatchOptions): Promise<void> {
  const notes = ends.flatMap((end) => end.github ?? []);
  const written = outputs.filter(({ shared }) => !shared).map(({ name }) => name);
  await options.github?.tell(notes, options, written);
}

function exitCodeFor(ends: JobEnd[], stoppedBy: CaughtSignal | null): number {
  const statuses = ends.map(({ status }) => status);
  // Without a signal none is left ongoing; if one is, it is not done.
  if (statuses.includes('ongoing')) return stoppedBy ? exitCodeOf(stoppedBy) : EXIT.internal;
  return ends.some(({ status, allowed }) => status === 'failed' && !allowed)
    ? EXIT.failed
    : EXIT.ok;
}

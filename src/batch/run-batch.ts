import { EXIT } from '../errors.ts';
import type { Output } from '../files/output.ts';
import { type Controller, createController } from '../job/controller.ts';
import { countImages } from '../manifest/manifest.ts';
import type { Header } from '../options.ts';
import { createProgress, type ProgressKind } from '../progress/choose-progress.ts';
import type { Progress } from '../progress/progress.ts';
import type { JobOptions } from '../results/events.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { chooseWork } from '../runner/choose-work.ts';
import { createEffects } from '../runner/effects.ts';
import { createEmit } from '../runner/emit.ts';
import { limitConnections } from '../runner/open-files.ts';
import type { JobInput, OpenJob } from '../runner/open-job.ts';
import type { Journal } from '../state/journal.ts';
import { createLog } from '../terminal/log.ts';
import { logLine, showShort } from '../terminal/prose.ts';
import { detectStyle } from '../terminal/style.ts';
import { finishJobs, type JobEnd, type RunningJob } from './finish-jobs.ts';
import type { GitHub } from './github.ts';
import { openOutputs } from './outputs.ts';
import { openReports, type Report, type ReportPaths } from './reports.ts';
import { type CaughtSignal, catchSignals, exitCodeOf } from './signals.ts';

/** What a module logs may be anything. */
const MAX_LOG_LENGTH = 1000;

const STOPPING =
  'stopping: what has finished is kept (Ctrl-C again, a second later, quits at once)';

export type RunSettings = {
  job: JobOptions;
  /** Whether there is anything left to fetch. */
  fetches: boolean;
  progress: ProgressKind;
  /** Null where GitHub Actions is told nothing. */
  github: GitHub | null;
  /** Says nothing but warnings, errors, and which jobs failed. */
  quiet: boolean;
  output: string | undefined;
  format: ResultsFormat;
  reports: ReportPaths;
  /** The user's own, with their values. */
  headers: Header[];
};

export type RunEnd = { exitCode: number; jobs: JobEnd[] };

/**
 * Runs jobs to their results: opens the outputs and what keeps the jobs, wires
 * engine, progress and signals together, writes each document and prints the
 * summaries. The inputs are taken out of their list, and closed.
 */
export async function runJobs(inputs: JobInput[], settings: RunSettings): Promise<RunEnd> {
  const unstarted = inputs.splice(0);
  const releases = unstarted.map(({ release }) => release);
  const outputs: Output[] = [];
  const stop = new AbortController();
  let progress: Progress | null = null;
  let stoppedBy: CaughtSignal | null = null;
  const leave = () => {
    progress?.stop();
    for (const output of outputs) output.discard();
    for (const release of releases) release();
  };
  // Also on a way out that nobody foresaw.
  process.once('exit', leave);
  const repeatPassed = catchSignals({
    onFirst(signal) {
      stoppedBy = signal;
      if (!settings.quiet) progress?.note(STOPPING);
      stop.abort(signal);
    },
    onSecond(signal) {
      leave();
      process.exit(exitCodeOf(signal));
    },
  });
  const journals = new Map<string, Journal>();
  const { effects, close } = await createEffects(settings.job, settings.headers, {
    fetches: settings.fetches && unstarted.some(({ manifest }) => countImages(manifest) > 0),
    max_connections: connectionsFor(unstarted, settings),
    work: await chooseWork(settings.job, settings.fetches, (text) => {
      const line = `work: ${showShort(text, MAX_LOG_LENGTH)}`;
      if (settings.quiet) return;
      // What it says while it is loaded, before there is anything to show.
      if (progress) progress.note(line);
      else if (settings.progress !== 'json') process.stderr.write(`${logLine(line)}\n`);
    }),
    emit: createEmit(journals, () => progress),
  });
  try {
    const results = await openOutputs(unstarted, settings);
    outputs.push(...results);
    const reports = await openReports(unstarted, settings.reports, outputs);
    const controller = createController(settings.job, effects);
    const style = detectStyle(process.stderr, process.env);
    const view = { stream: process.stderr, run: controller, elapsed: effects.elapsed };
    const shown = await createProgress(settings.progress, view, style);
    progress = shown;
    const running = await startJobs(unstarted, { results, reports, controller, journals, stop });
    const { ends, errors } = await finishJobs(running, {
      format: settings.format,
      style,
      policies: settings.job,
      github: settings.github,
      onAllEnded: () => shown.stop(),
    });
    if (settings.progress !== 'json') printEnds(ends, stoppedBy, settings.quiet);
    await tellGitHub(ends, outputs, settings);
    if (errors.length > 0) throw new AggregateError(errors);
    return { exitCode: exitCodeFor(ends, stoppedBy), jobs: ends };
  } finally {
    leave();
    process.off('exit', leave);
    await close();
    await repeatPassed();
    for (const input of unstarted) await input.close();
  }
}

/** Says where the system allows fewer than could be used. */
function connectionsFor(inputs: JobInput[], settings: RunSettings): number | undefined {
  const stores = inputs.reduce((sum, { manifest }) => sum + manifest.store_count, 0);
  const limit = limitConnections(Math.min(settings.job.concurrency, stores));
  if (limit.warning) createLog(settings)(limit.warning);
  return limit.max_connections;
}

type Start = {
  results: Output[];
  reports: Report[][];
  controller: Controller;
  journals: Map<string, Journal>;
  stop: AbortController;
};

/** Opens all jobs before the first starts: one that can't be opened starts nothing. */
async function startJobs(inputs: JobInput[], start: Start): Promise<RunningJob[]> {
  const opened: OpenJob[] = [];
  for (const input of inputs) opened.push(await input.open());
  return inputs.splice(0).map((input, index) => {
    const output = start.results[index];
    const reports = start.reports[index] ?? [];
    const job = opened[index];
    if (!output || !job) throw new RangeError('each job has an output');
    if (job.journal) start.journals.set(job.manifest.job_id, job.journal);
    const { command } = job;
    return { input, output, reports, command, job: start.controller.start(job, start.stop.signal) };
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
    const wayOn = resumeCommand ? `go on with: ${resumeCommand}` : 'run it again to start over';
    process.stderr.write(`stopped by ${stoppedBy}; ${wayOn}\n`);
  }
}

async function tellGitHub(ends: JobEnd[], outputs: Output[], settings: RunSettings): Promise<void> {
  const notes = ends.flatMap((end) => end.github ?? []);
  const written = outputs.filter(({ shared }) => !shared).map(({ name }) => name);
  await settings.github?.tell(notes, settings, written);
}

function exitCodeFor(ends: JobEnd[], stoppedBy: CaughtSignal | null): number {
  const statuses = ends.map(({ status }) => status);
  // Without a signal none is left ongoing; if one is, it is not done.
  if (statuses.includes('ongoing')) return stoppedBy ? exitCodeOf(stoppedBy) : EXIT.internal;
  return ends.some(({ status, allowed }) => status === 'failed' && !allowed)
    ? EXIT.failed
    : EXIT.ok;
}

import { EXIT } from '../errors.ts';
import { createController, type Job } from '../job/controller.ts';
import type { JobOptions } from '../job/events.ts';
import { createMemoryResults } from '../job/results-store.ts';
import type { Output } from '../report/output.ts';
import type { Progress } from '../report/progress.ts';
import { type ResultsFormat, resultsText } from '../report/results-text.ts';
import { detectStyle } from '../report/style.ts';
import { summaryLines } from '../report/summary.ts';
import { createEffects } from './effects.ts';
import { type JobInput, openOutputs } from './outputs.ts';
import { createProgress, type ProgressKind } from './progress.ts';
import { type CaughtSignal, catchSignals, exitCodeOf } from './signals.ts';

export type RunSettings = {
  job: JobOptions;
  progress: ProgressKind;
  output: string | undefined;
  format: ResultsFormat;
};

export type RunEnd = { exitCode: number; jobs: Job[] };

/** A job's results and where they were written; null when they could not be. */
type Written = { job: Job; name: string | null };

/**
 * Runs jobs to their results: opens the outputs, wires engine, progress and
 * signals together, writes each document and prints the summaries.
 */
export async function runJobs(inputs: JobInput[], settings: RunSettings): Promise<RunEnd> {
  const outputs = await openOutputs(inputs, settings);
  const stop = new AbortController();
  let progress: Progress | null = null;
  const { effects, close } = createEffects(settings.job, (event) => progress?.onEvent(event));
  const controller = createController(settings.job, effects);
  const style = detectStyle(process.stderr, process.env);
  const view = { stream: process.stderr, run: controller, elapsed: effects.elapsed };
  progress = await createProgress(settings.progress, view, style);
  let stoppedBy: CaughtSignal | null = null;
  const leave = () => {
    progress?.stop();
    for (const output of outputs) output.discard();
  };
  // Also on a way out that nobody foresaw.
  process.once('exit', leave);
  const repeatPassed = catchSignals({
    onFirst(signal) {
      stoppedBy = signal;
      progress?.note(
        'stopping: what has finished is kept (Ctrl-C again, a second later, quits at once)',
      );
      stop.abort(signal);
    },
    onSecond(signal) {
      leave();
      process.exit(exitCodeOf(signal));
    },
  });
  try {
    const jobs = inputs.map(({ manifest }) =>
      controller.start(manifest, createMemoryResults(), stop.signal),
    );
    const { written, errors } = await finishJobs(jobs, outputs, settings.format, progress);
    if (settings.progress !== 'json') {
      for (const { job, name } of written) {
        process.stderr.write(`${summaryLines(job.fold, name, style).join('\n')}\n`);
      }
      if (stoppedBy && jobs.some(({ fold }) => fold.status() === 'ongoing')) {
        process.stderr.write(`stopped by ${stoppedBy}; run it again to start over\n`);
      }
    }
    if (errors.length > 0) throw errors[0];
    return { exitCode: exitCodeFor(jobs, stoppedBy), jobs };
  } finally {
    leave();
    process.off('exit', leave);
    await close();
    await repeatPassed();
    for (const { manifest } of inputs) await manifest.close();
  }
}

/**
 * Writes each job's results: to a file as soon as the job has ended, to
 * standard output in the order of the manifests when all have. What goes wrong
 * with one job or its file does not keep the others from being written.
 */
async function finishJobs(
  jobs: Job[],
  outputs: Output[],
  format: ResultsFormat,
  progress: Progress,
): Promise<{ written: Written[]; errors: unknown[] }> {
  const errors: unknown[] = [];
  const write = async (job: Job, output: Output | undefined): Promise<Written> => {
    try {
      await output?.write(resultsText(job, format));
      return { job, name: output?.name ?? null };
    } catch (error) {
      errors.push(error);
      return { job, name: null };
    }
  };
  const toFiles = await Promise.all(
    jobs.map(async (job, index) => {
      await job.done.catch((error: unknown) => errors.push(error));
      const output = outputs[index];
      return output?.shared ? null : write(job, output);
    }),
  );
  progress.stop();
  const written: Written[] = [];
  for (const [index, job] of jobs.entries()) {
    written.push(toFiles[index] ?? (await write(job, outputs[index])));
  }
  return { written, errors };
}

function exitCodeFor(jobs: Job[], stoppedBy: CaughtSignal | null): number {
  const statuses = jobs.map((job) => job.fold.status());
  if (stoppedBy && statuses.includes('ongoing')) return exitCodeOf(stoppedBy);
  return statuses.includes('failed') ? EXIT.failed : EXIT.ok;
}

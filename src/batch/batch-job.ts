import type { Output } from '../files/output.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import type { OpenJob } from '../runner/open-job.ts';
import type { StartedJob } from '../runner/runner.ts';
import type { Report } from './reports.ts';

/** A job that runs, where its results and reports go, and how to go on with it. */
export type BatchJob = Pick<
  OpenJob,
  'path' | 'manifest_path' | 'folder' | 'options' | 'command' | 'watch' | 'asKept' | 'close'
> & {
  job: StartedJob;
  output: Output;
  reports: Report[];
  /** The options that lead to the fleet that runs it; none where it runs here. */
  fleet: readonly string[];
};

/** The command that goes on with a job and writes to the same places; null where nothing is kept. */
export function resumeCommand(
  running: BatchJob,
  format: ResultsFormat,
  ...more: string[]
): string | null {
  const { job, command, watch } = running;
  if (watch?.isGone()) return null;
  return command?.('resume', job.reducer.job_id, ...more, ...placesOf(running, format)) ?? null;
}

/** The options that lead to the same fleet, results and reports. */
export function placesOf({ output, reports, fleet }: BatchJob, format: ResultsFormat): string[] {
  const target = output.shared ? [] : ['-o', output.name];
  const kind = format === 'json' ? [] : ['--format', format];
  const files = reports.flatMap(({ option, output, flags }) => [option, output.name, ...flags]);
  return [...fleet, ...target, ...kind, ...files];
}

import { ImgjobError, isOf } from '../errors.ts';
import type { Output } from '../files/output.ts';
import { type Facts, failureLine, type SummaryOptions, summaryLines } from '../reports/summary.ts';
import type { DocumentSource } from '../results/document.ts';
import type { JobStatus } from '../results/results-schema.ts';
import { type ResultsFormat, resultsText } from '../results/results-text.ts';
import { slowestStore } from '../results/slowest-store.ts';
import { formatCount, formatSpan } from '../terminal/numbers.ts';
import type { Style } from '../terminal/style.ts';
import { type BatchJob, resumeCommand } from './batch-job.ts';
import type { GitHub, GitHubNotes } from './github.ts';
import { nextSteps } from './next-steps.ts';
import { type PolicyOutcome, policyOutcome } from './policies.ts';
import { createSettlement } from './settlement.ts';

/** How a job ended, in a few lines: the job itself is let go. */
export type JobEnd = {
  job_id: string;
  status: JobStatus;
  /** How many stores. */
  stores: { failed: number; completed: number; total: number };
  /** Whether so many failed stores are allowed. */
  allowed: boolean;
  lines: string[];
  /** What is said of a job that did not complete when little is to be said. */
  failure: string;
  github: GitHubNotes | null;
  /** The command that goes on with it; null where nothing is kept. */
  resumeCommand: string | null;
};

export type FinishOptions = {
  format: ResultsFormat;
  style: Style;
  /** How wide the terminal is; null where there is none. */
  columns: number | null;
  /** Null where the run is not one of GitHub Actions. */
  github: GitHub | null;
  onAllEnded(): void;
};

/**
 * Writes each job's results and reports and lets the job go: into files as
 * soon as it has ended, into standard output in the order of the manifests
 * when all have. What goes wrong with one job or file does not keep the others
 * from being written.
 */
export async function finishJobs(
  running: BatchJob[],
  options: FinishOptions,
): Promise<{ ends: JobEnd[]; errors: unknown[] }> {
  const errors: unknown[] = [];
  const settlement = createSettlement(running);
  const finish = async (running: BatchJob, failure: unknown): Promise<JobEnd | null> => {
    const isLost = isOf(failure, 'lock-lost');
    const lost = isLost ? null : lossOf(running);
    if (lost) errors.push(lost);
    if (lost || isLost) {
      // Its results are another process's to write.
      await running.close();
      return null;
    }
    const failed = failure !== null;
    const job = failed ? await asKept(running) : running;
    const outcome = policyOutcome(job);
    const { written, unwritten } = await writeAll(job, options.format, outcome);
    errors.push(...unwritten);
    const slowest = await slowestStore(job.job);
    const facts = [...outcome.facts, ...batchesOf(job), ...written];
    const steps = await nextSteps(job, options.format);
    const end = endOf(job, { facts, steps, slowest }, options);
    const github = options.github && (await options.github.notesOf(job, slowest, outcome));
    const isDelivered = !failed && unwritten.length === 0;
    await settlement.one(job, isDelivered, (error) => errors.push(error));
    return { ...end, allowed: outcome.allowed, github };
  };
  const ended = await Promise.all(
    // Taken out of the list: whatever still holds that would keep every job in memory.
    running.splice(0).map(async (one) => {
      const failure = await one.job.done.then(
        () => null,
        (error: unknown) => error,
      );
      if (failure !== null) errors.push(failure);
      return one.output.shared ? () => finish(one, failure) : finish(one, failure);
    }),
  );
  options.onAllEnded();
  const ends: JobEnd[] = [];
  for (const each of ended) {
    const end = typeof each === 'function' ? await each() : each;
    if (end) ends.push(end);
  }
  await settlement.all((error) => errors.push(error));
  return { ends, errors };
}

function lossOf({ watch }: BatchJob): ImgjobError | null {
  return watch?.loss() ?? null;
}

/** A job whose journal has failed: results that are not in there were not kept, and a resume does them again. */
async function asKept(running: BatchJob): Promise<BatchJob> {
  const { manifest, reducer, results } = await running.asKept();
  return { ...running, job: { ...running.job, manifest, reducer, results } };
}

/** The names of the places that were written to, and why others were not. */
type Written = { written: Facts; unwritten: unknown[] };

async function writeAll(
  running: BatchJob,
  format: ResultsFormat,
  { remarks }: PolicyOutcome,
): Promise<Written> {
  const { job, output, reports } = running;
  const written: Facts = [];
  const unwritten: unknown[] = [];
  const check = () => {
    const lost = lossOf(running);
    if (lost) throw lost;
  };
  const attempt = async (name: string, to: Output, write: () => Promise<void>) => {
    await write().then(
      () => written.push([name, placeOf(to)]),
      (error: unknown) => unwritten.push(undelivered(error, running, format)),
    );
  };
  await attempt('results', output, () =>
    output.write(async () => resultsText(await documentSource(running), format), check),
  );
  for (const report of reports) {
    await attempt(report.name, report.output, () => report.write(job, remarks, check));
  }
  return { written, unwritten };
}

/** Where a document went: a reader that died of the same Ctrl-C has not got it. */
function placeOf({ name, isReaderGone }: Output): string {
  return isReaderGone?.() ? `${name}, closed by its reader before the end` : name;
}

/** How well the batches of its work were filled, and what their images waited for that. */
function batchesOf({ job: { batches: counts } }: BatchJob): Facts {
  if (!counts || counts.batches === 0) return [];
  const { batches, images, waited_ms } = counts;
  const each = `${(images / batches).toFixed(1)} images each, after a wait of`;
  return [['batches', `${formatCount(batches)}, ${each} ${formatSpan(waited_ms / batches)}`]];
}

/** What the results hold: no outputs where these are kept aside. */
async function documentSource({ job, reports }: BatchJob): Promise<DocumentSource> {
  if (!reports.some(({ kind }) => kind === 'workOutput')) return job;
  const { withoutOutputs } = await import('../results/outputs.ts');
  const { manifest, reducer, results } = job;
  return { manifest, reducer, results: withoutOutputs(results) };
}

/** Why something was not delivered, with the command that does so later. */
function undelivered(error: unknown, running: BatchJob, format: ResultsFormat): unknown {
  const command = resumeCommand(running, format);
  // How to go on with one that was stopped is said anyway.
  const isOver = running.job.reducer.status() !== 'ongoing';
  if (!(error instanceof ImgjobError) || isOf(error, 'lock-lost') || !isOver || command === null)
    return error;
  const hint = `To write it later without fetching anything: ${command}`;
  return new ImgjobError(error.code, error.message, { cause: error.cause, hint });
}

function endOf(
  running: BatchJob,
  { facts, steps, slowest }: Pick<SummaryOptions, 'facts' | 'steps' | 'slowest'>,
  { format, style, columns }: FinishOptions,
): Omit<JobEnd, 'allowed' | 'github'> {
  const { reducer } = running.job;
  return {
    job_id: reducer.job_id,
    status: reducer.status(),
    stores: reducer.summary().stores,
    lines: summaryLines(reducer, { word: 'stopped', slowest, facts, steps, columns }, style),
    failure: failureLine(reducer, facts),
    resumeCommand: resumeCommand(running, format),
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, ImgjobError } from '../errors.ts';
import { findJob, lockPath } from '../journal/state-folder.ts';
import { jsonLine } from '../prose.ts';
import { type JobRow, jobTable } from '../report/job-table.ts';
import { streamOutput } from '../report/output.ts';
import { statusText } from '../report/results-text.ts';
import { detectStyle } from '../report/style.ts';
import { readJobList } from './job-list.ts';
import { type JobView, openJobView } from './job-view.ts';
import { commandLine, stateFolder, unknownJob } from './state.ts';

const REDRAW_MS = 1000;

export type StatusOptions = {
  stateDir?: string;
  json: boolean;
  /** With the stores; only for the JSON of one job. */
  full: boolean;
  watch: boolean;
};

/** `imgjob status [job_id]`: how a job stands, or a table of all jobs. Reads only; answers 0. */
export async function status(job_id: string | undefined, options: StatusOptions): Promise<number> {
  const state = stateFolder(options.stateDir);
  if (options.full && (job_id === undefined || !options.json)) {
    throw new ImgjobError('usage', '--full is for the JSON of one job: status ID --json --full');
  }
  if (options.watch && (job_id === undefined || options.json)) {
    throw new ImgjobError('usage', '--watch is for one job, without --json: status ID --watch');
  }
  if (job_id === undefined) await printList(state, options);
  else await printJob(state, job_id, options);
  return EXIT.ok;
}

async function printList(state: string, options: StatusOptions): Promise<void> {
  const rows: JobRow[] = [];
  for (const { standing, runner } of await readJobList(state)) {
    const { job_id, stores, images } = standing;
    const { started_at, duration_ms } = standing.times();
    const status = standing.status();
    rows.push({ job_id, status, stores, images, started_at, duration_ms, runner });
  }
  if (options.json) {
    const lines = rows.map((row) => `\n  ${jsonLine(row)}`);
    process.stdout.write(`[${lines.join(',')}${lines.length > 0 ? '\n' : ''}]\n`);
  } else if (rows.length > 0) {
    process.stdout.write(`${jobTable(rows).join('\n')}\n`);
  } else {
    process.stderr.write('no jobs yet\n');
  }
}

async function printJob(state: string, job_id: string, options: StatusOptions): Promise<void> {
  const files = await findJob(state, job_id);
  const view = files && (await openJobView(files, lockPath(state, job_id)));
  if (!view) throw unknownJob(job_id);
  const resume = commandLine(['resume', view.job.fold.job_id], options.stateDir);
  try {
    if (options.json) {
      const { runner, rate, eta_ms } = await view.now();
      const text = statusText(view.job, { runner, rate, eta_ms }, options.full);
      await streamOutput(process.stdout).write(text);
    } else if (options.watch) {
      await watch(view, resume);
    } else {
      await print(view, resume);
    }
  } finally {
    await view.job.close();
  }
}

/** Prints how a job stands; answers how many lines that took, and whether it runs. */
async function print(
  view: JobView,
  resume: string,
  before = '',
): Promise<{ lines: number; runs: boolean }> {
  const now = await view.now();
  const lines = view.lines(now, resume, detectStyle(process.stdout, process.env));
  process.stdout.write(`${before}${lines.join('\n')}\n`);
  return { lines: lines.length, runs: now.runner !== null };
}

/** Prints anew every second, in place on a terminal, until the job no longer runs. */
async function watch(view: JobView, resume: string): Promise<void> {
  let before = '';
  for (;;) {
    const { lines, runs } = await print(view, resume, before);
    if (!runs) return;
    if (process.stdout.isTTY) before = `\u001b[${lines}A\u001b[J`;
    await delay(REDRAW_MS);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, ImgjobError } from '../errors.ts';
import { print, printLines } from '../files/print.ts';
import { standardOutput } from '../files/stream-output.ts';
import { type JobRow, jobTable } from '../reports/job-table.ts';
import { type Facts, summaryLines } from '../reports/summary.ts';
import { statusText } from '../results/results-text.ts';
import { slowestStore } from '../results/slowest-store.ts';
import { unknownJob } from '../state/claim.ts';
import { readJobList } from '../state/job-list.ts';
import { type JobView, type Now, openJobView } from '../state/job-view.ts';
import { locateState, type State } from '../state/locate.ts';
import { findJob, listJobs, lockPath } from '../state/state-folder.ts';
import { clip } from '../terminal/columns.ts';
import { log, logDamage } from '../terminal/log.ts';
import { formatEta, formatRate } from '../terminal/numbers.ts';
import { jsonLine } from '../terminal/prose.ts';
import { detectStyle, type Style } from '../terminal/style.ts';

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
  const state = locateState(options.stateDir, process.env);
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

async function printList({ folder }: State, options: StatusOptions): Promise<void> {
  const jobs = await readJobList(folder, log);
  const rows = jobs.map(({ jobState, runner }): JobRow => {
    const { job_id, stores, images } = jobState;
    const { started_at, duration_ms } = jobState.times();
    return { job_id, status: jobState.status(), stores, images, started_at, duration_ms, runner };
  });
  if (options.json) {
    const lines = rows.map((row) => `\n  ${jsonLine(row)}`);
    await print(`[${lines.join(',')}${lines.length > 0 ? '\n' : ''}]\n`);
  } else if (rows.length > 0) {
    await printLines(jobTable(rows));
  } else if ((await listJobs(folder)).length === 0) {
    process.stderr.write('no jobs yet\n');
  }
}

async function printJob(state: State, job_id: string, options: StatusOptions): Promise<void> {
  const files = await findJob(state.folder, job_id);
  const view = files && (await openJobView(files, lockPath(state.folder, job_id)));
  if (!view) throw unknownJob(state, job_id);
  const { job } = view;
  const resume = state.command('resume', job.reducer.job_id);
  try {
    logDamage(job.damaged, log);
    if (options.json) {
      const { runner, rate, eta_ms } = await view.now();
      const text = () => statusText(job, { runner, rate, eta_ms }, options.full);
      await standardOutput().write(text);
    } else if (options.watch) {
      await watch(view, resume);
    } else {
      const style = detectStyle(process.stdout, process.env);
      const lines = await viewLines(view, { now: await view.now(), resume, style });
      await printLines(lines);
    }
  } finally {
    await job.close();
  }
}

type Shown = { now: Now; resume: string; style: Style };

async function viewLines({ job }: JobView, { now, resume, style }: Shown): Promise<string[]> {
  const { runner, rate, eta_ms } = now;
  const facts: Facts = [];
  if (runner) facts.push(['runner', `pid ${runner.pid} on ${runner.host}`]);
  if (rate !== null && eta_ms !== null) {
    facts.push(['now', `${formatRate(rate)}, eta ${formatEta(eta_ms)}`]);
  }
  if (!runner && job.reducer.status() === 'ongoing') facts.push(['resume', resume]);
  const word = runner ? 'running' : 'interrupted';
  return summaryLines(job.reducer, { word, slowest: await slowestStore(job), facts }, style);
}

/** Prints anew every second, in place on a terminal, until the job no longer runs or nobody reads it. */
async function watch(view: JobView, resume: string): Promise<void> {
  const { isTTY } = process.stdout;
  const style = { ...detectStyle(process.stdout, process.env), color: false };
  let before = '';
  for (;;) {
    const now = await view.now();
    const lines = fitToScreen(await viewLines(view, { now, resume, style }), style);
    const isRead = await print(`${before}${lines.join('\n')}\n`);
    if (!now.runner || !isRead) return;
    before = isTTY ? `\u001b[${lines.length}A\u001b[J` : '\n';
    await delay(REDRAW_MS);
  }
}

/** What wraps or has scrolled away can't be drawn over. */
function fitToScreen(lines: string[], style: Style): string[] {
  const { isTTY, columns, rows } = process.stdout;
  if (!isTTY) return lines;
  return lines.slice(0, (rows || 24) - 1).map((line) => clip(line, (columns || 80) - 1, style));
}

import { setTimeout as delay } from 'node:timers/promises';
import { EXIT, ImgjobError } from '../errors.ts';
import { print, printFolded, printJsonList, printLines } from '../files/print.ts';
import { standardOutput } from '../files/stream-output.ts';
import { type JobRow, jobTable } from '../reports/job-table.ts';
import { type Facts, summaryLines } from '../reports/summary.ts';
import { statusText } from '../results/results-text.ts';
import { slowestStore } from '../results/slowest-store.ts';
import { withOutcome } from '../results/snapshot.ts';
import { readJobList } from '../state/job-list.ts';
import { type JobView, type Now, openJobView } from '../state/job-view.ts';
import { locateState, type State } from '../state/locate.ts';
import { findJob, listJobs } from '../state/state-folder.ts';
import { unknownJob } from '../state/unknown-job.ts';
import { goesOn, type WatchedJob, watchJobs } from '../state/watch-jobs.ts';
import { clip } from '../terminal/columns.ts';
import { log, logDamage } from '../terminal/log.ts';
import { formatCount, formatPace } from '../terminal/numbers.ts';
import { columnsOf, detectStyle, type Style } from '../terminal/style.ts';

const LOOK_MS = 1000;
/** A log gets no more than a line in such a time. */
const LINE_MS = 5000;

export type StatusOptions = {
  stateDir?: string;
  json: boolean;
  /** With the stores; only for the JSON of one job. */
  full: boolean;
  watch: boolean;
  /** Asks a server in place of the state folder. */
  server?: string;
  token?: string;
};

/** `imgjob status [job_id]`: how a job stands, or a table of all jobs. Reads only; answers 0. */
export async function status(job_id: string | undefined, options: StatusOptions): Promise<number> {
  const state = locateState(options.stateDir, process.env);
  if (options.full && (job_id === undefined || !options.json)) {
    throw new ImgjobError('usage', '--full is for the JSON of one job: status ID --json --full');
  }
  if (options.watch && options.json) {
    throw new ImgjobError('usage', '--watch is for people: it goes without --json');
  }
  if (options.server !== undefined) {
    const { printServerStatus } = await import('../client/server-status.ts');
    await printServerStatus(job_id, { ...options, server: options.server });
  } else if (job_id === undefined) {
    if (options.watch) await watchAll(state);
    await printList(state, options);
  } else await printJob(state, job_id, options);
  return EXIT.ok;
}

async function printList({ folder }: State, options: StatusOptions): Promise<void> {
  const jobs = await readJobList(folder, log);
  const rows = jobs.map(({ jobState, times, runner }): JobRow => {
    const { job_id, stores, images } = jobState;
    const { started_at, duration_ms } = times;
    return { job_id, status: jobState.status(), stores, images, started_at, duration_ms, runner };
  });
  if (options.json) {
    await printJsonList(rows);
  } else if (rows.length > 0) {
    const waits = new Set(jobs.flatMap(({ jobState, server }) => (server ? jobState.job_id : [])));
    await printFolded(
      jobTable(rows.map((row) => (waits.has(row.job_id) ? { ...row, state: 'queued' } : row))),
    );
  } else if ((await listJobs(folder)).length === 0) {
    process.stderr.write('no jobs yet\n');
  }
}

async function printJob(state: State, job_id: string, options: StatusOptions): Promise<void> {
  const files = await findJob(state.folder, job_id);
  const view = files && (await openJobView(files, state.folder));
  if (!view) throw await unknownJob(state, job_id, 'status');
  const { job } = view;
  const resume = state.command('resume', job.reducer.job_id);
  try {
    logDamage(job.damaged, log);
    if (options.json) {
      const { runner, rate, eta_ms } = await view.now();
      const text = () => statusText(job, { runner, rate, eta_ms }, options.full);
      await standardOutput().write(text);
    } else if (options.watch) {
      await (process.stdout.isTTY ? watch(view, resume) : watchLines(view, resume));
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
  const { runner, server } = now;
  const facts: Facts = [];
  if (runner) facts.push(['runner', `pid ${runner.pid} on ${runner.host}`]);
  const speed = formatPace(now);
  if (speed.length > 0) facts.push(['now', speed.join(', ')]);
  if (server) facts.push(['server', `pid ${server.pid} on ${server.host}`]);
  const isLeft = !runner && !server && job.reducer.status() === 'ongoing';
  const steps: Facts = isLeft ? [['resume', resume]] : [];
  const word = runner ? 'running' : server ? 'queued' : 'interrupted';
  const columns = columnsOf(process.stdout);
  const slowest = await slowestStore(job);
  return summaryLines(job.reducer, { word, slowest, facts, steps, columns }, style);
}

/** Draws anew every second, in place, until the job no longer runs. */
async function watch(view: JobView, resume: string): Promise<void> {
  const style = { ...detectStyle(process.stdout, process.env), color: false };
  const show = createScreen(style);
  for (;;) {
    const now = await view.now();
    const isRead = await show(await viewLines(view, { now, resume, style }));
    if (!goesOn(now) || !isRead) return;
    await delay(LOOK_MS);
  }
}

/** For a pipe or a file: a line when something has changed, then how it ended. Ends too when nobody reads a line. */
async function watchLines(view: JobView, resume: string): Promise<void> {
  const style = detectStyle(process.stdout, process.env);
  let counts = '';
  let printed = Number.NEGATIVE_INFINITY;
  for (;;) {
    const now = await view.now();
    if (!goesOn(now)) {
      await printLines(await viewLines(view, { now, resume, style }));
      return;
    }
    const next = countsOf(view);
    if (next !== counts && performance.now() - printed >= LINE_MS) {
      counts = next;
      printed = performance.now();
      if (
        !(await printLines([
          [`${now.runner ? 'running' : 'queued'}  ${counts}`, ...formatPace(now)].join('  '),
        ]))
      )
        return;
    }
    await delay(LOOK_MS);
  }
}

/** All jobs that go on, a line each, until none does; off a terminal a line when one has changed. */
async function watchAll({ folder }: State): Promise<void> {
  const style = detectStyle(process.stdout, process.env);
  const jobs = watchJobs(folder);
  const show = process.stdout.isTTY ? createScreen(style) : createLines();
  try {
    for (;;) {
      const began = performance.now();
      const watched = await jobs.look();
      if (watched.length > 0 && !(await show(watched.map(watchedLine)))) return;
      if (!watched.some(({ now }) => goesOn(now))) return;
      // Of very many jobs a look takes its time.
      await delay(Math.max(LOOK_MS, performance.now() - began));
    }
  } finally {
    await jobs.close();
  }
}

/** `running  spring-audit  1,284/2,000 images  118/s  eta 6 s`. */
function watchedLine({ view, now }: WatchedJob): string {
  const { reducer } = view.job;
  const ended = reducer.status() === 'ongoing' ? 'interrupted' : reducer.status();
  const word = now.runner ? 'running' : now.server ? 'queued' : ended;
  return [word, countsOf(view), ...formatPace(now)].join('  ');
}

type Show = (lines: string[]) => Promise<boolean>;

/** Draws lines in the place of those before. */
function createScreen(style: Style): Show {
  let before = '';
  return (all) => {
    const lines = fitToScreen(all, style);
    const text = `${before}${lines.join('\n')}\n`;
    before = `\u001b[${lines.length}A\u001b[J`;
    return print(text);
  };
}

/** Writes lines that have changed, all of them at most once in five seconds. */
function createLines(): Show {
  let known: string[] = [];
  let printed = Number.NEGATIVE_INFINITY;
  return async (lines) => {
    if (performance.now() - printed < LINE_MS) return true;
    const changed = lines.filter((line) => !known.includes(line));
    if (changed.length === 0) return true;
    known = lines;
    printed = performance.now();
    return printLines(changed);
  };
}

/** `spring-audit  1,284/2,000 images  2 failed`. */
function countsOf({ job: { reducer } }: JobView): string {
  const { images } = reducer.summary();
  const done = formatCount(withOutcome(images));
  const told = (['failed', 'skipped', 'reused'] as const).filter((name) => images[name] > 0);
  return [
    reducer.job_id,
    `${done}/${formatCount(images.total)} images`,
    ...told.map((name) => `${formatCount(images[name])} ${name}`),
  ].join('  ');
}

/** What wraps or has scrolled away can't be drawn over. */
function fitToScreen(lines: string[], style: Style): string[] {
  const { columns, rows } = process.stdout;
  return lines.slice(0, (rows || 24) - 1).map((line) => clip(line, (columns || 80) - 1, style));
}

import { progressionOf } from '../progress/progress.ts';
import { createRateMeter, type RateMeter } from '../progress/rate.ts';
import { type Facts, summaryLines } from '../reports/summary.ts';
import type { JobEvent } from '../results/events.ts';
import type { Reducer } from '../results/reducer.ts';
import { formatEta, formatRate } from '../terminal/numbers.ts';
import type { Style } from '../terminal/style.ts';
import { type KeptJob, readKeptJob } from './kept-job.ts';
import { type Runner, readHolder } from './lock-file.ts';
import type { JobFiles } from './state-folder.ts';

/** What a status says of a job beside its results. */
export type Now = {
  /** The process that runs it; null where none does. */
  runner: Runner | null;
  /** Images a second over the last 15 s, and the time to go at that rate; null while it does not run. */
  rate: number | null;
  eta_ms: number | null;
};

/** A job of another process, as its journal shows it. */
export type JobView = {
  job: KeptJob;
  /** Reads what was written since. */
  now(): Promise<Now>;
  lines(now: Now, resume: string, style: Style): string[];
};

export async function openJobView(files: JobFiles, lock: string): Promise<JobView | null> {
  const rate = createEventRate();
  const job = await readKeptJob(files, { onEvent: rate.onEvent });
  return job && createView(job, lock, rate);
}

function createView(job: KeptJob, lock: string, events: EventRate): JobView {
  async function now(): Promise<Now> {
    // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
    let runner = await readHolder(lock);
    await job.readOn();
    runner ??= await readHolder(lock);
    const perSecond = runner && events.at(Date.now(), job.reducer);
    if (perSecond === null) return { runner, rate: null, eta_ms: null };
    const { pending } = job.reducer.summary().images;
    const eta_ms = Math.round((pending * 1000) / perSecond);
    return { runner, rate: Math.round(perSecond * 10) / 10, eta_ms };
  }

  function lines({ runner, rate, eta_ms }: Now, resume: string, style: Style): string[] {
    const facts: Facts = [];
    if (runner) facts.push(['runner', `pid ${runner.pid} on ${runner.host}`]);
    if (rate !== null && eta_ms !== null) {
      facts.push(['now', `${formatRate(rate)}, eta ${formatEta(eta_ms)}`]);
    }
    if (!runner && job.reducer.status() === 'ongoing') facts.push(['resume', resume]);
    const word = runner ? 'running' : 'interrupted';
    return summaryLines(job.reducer, { word, facts }, style);
  }

  return { job, now, lines };
}

type EventRate = ReturnType<typeof createEventRate>;

// A million events need not be a million samples.
const SAMPLE_MS = 500;

/** The rate of a job by the times of its events. */
function createEventRate() {
  let clock = 0;
  let sampled = 0;
  let meter: RateMeter | null = null;
  const doneOf = (reducer: Reducer) => progressionOf([reducer.summary()]).done;

  return {
    onEvent(event: JobEvent, reducer: Reducer): void {
      clock = Date.parse(event.t);
      if (event.type === 'job_started' || event.type === 'job_resumed') {
        meter = createRateMeter(() => clock, doneOf(reducer));
        sampled = clock;
      }
      if (clock - sampled < SAMPLE_MS) return;
      sampled = clock;
      meter?.sample(doneOf(reducer));
    },
    at(now: number, reducer: Reducer): number | null {
      clock = Math.max(clock, now);
      return meter?.sample(doneOf(reducer)) ?? null;
    },
  };
}

import type { JobEvent } from '../results/events.ts';
import type { Reducer } from '../results/reducer.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import { type KeptJob, readKeptJob } from './kept-job.ts';
import { type LockHolder, readHolder } from './lock-file.ts';
import { type JobFiles, lockPath } from './state-folder.ts';
import { readServerOf } from './waiting-job.ts';

/** What a status says of a job beside its results. */
export type Now = {
  /** The process that runs it; null where none does. */
  runner: LockHolder | null;
  /** The server on which it waits for its turn; null where it does not. */
  server: LockHolder | null;
  /** Images a second over the last 15 s, and the time to go at that rate; null while it does not run. */
  rate: number | null;
  eta_ms: number | null;
};

/** A job of another process, as its journal shows it. */
export type JobView = {
  job: KeptJob;
  /** Reads what was written since. */
  now(): Promise<Now>;
};

export async function openJobView(files: JobFiles, state: string): Promise<JobView | null> {
  const looks = createLooks();
  const job = await readKeptJob(files, { onEvent: looks.onEvent });
  return job && { job, now: () => lookAt(job, state, looks) };
}

async function lookAt(job: KeptJob, state: string, looks: Looks): Promise<Now> {
  const lock = lockPath(state, job.reducer.job_id);
  // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
  let runner = await readHolder(lock);
  await job.readOn();
  runner ??= await readHolder(lock);
  const server = runner ? null : await readServerOf(state, job.files, job.reducer);
  const snapshot = runner && looks.at(Date.now());
  if (!snapshot || snapshot.rate === null || snapshot.eta_ms === null) {
    return { runner, server, rate: null, eta_ms: null };
  }
  const { rate, eta_ms } = snapshot;
  return { runner, server, rate: Math.round(rate * 10) / 10, eta_ms: Math.round(eta_ms) };
}

type Looks = ReturnType<typeof createLooks>;

// A million events need not be a million samples.
const SAMPLE_MS = 500;

/** Looks at a job by the times of its events. */
function createLooks() {
  let clock = 0;
  let sampled = 0;
  let look: (() => Snapshot) | null = null;

  return {
    onEvent(event: JobEvent, reducer: Reducer): void {
      clock = Date.parse(event.t);
      if (event.type === 'job_started' || event.type === 'job_resumed') {
        look = createSnapshots(reducer, () => clock);
        sampled = clock;
      }
      if (clock - sampled < SAMPLE_MS) return;
      sampled = clock;
      look?.();
    },
    at(now: number): Snapshot | null {
      clock = Math.max(clock, now);
      return look?.() ?? null;
    },
  };
}

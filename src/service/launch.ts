import type { JobEvent } from '../results/events.ts';
import { type ClaimedJob, type OpenJob, openJob, type PreparedJob } from '../runner/open-job.ts';
import type { Runner, StartedJob } from '../runner/runner.ts';
import { createSharing } from '../sharing.ts';
import type { Log } from '../terminal/log.ts';

/** A job that the runner has. */
export type Launched = {
  job: StartedJob;
  /** Resolves when its journal says that it has begun, or goes on; rejects where that can't be. */
  begun: Promise<void>;
  /** Resolves when it is at rest, settled and closed; rejects with what went wrong. */
  ended: Promise<void>;
  /** Keeps its files open until that is given back; null where it is too late. */
  hold(): (() => Promise<void>) | null;
};

export type LaunchOptions = {
  runner: Runner;
  /** Aborted to stop it. */
  signal: AbortSignal;
  log: Log;
  /** Called with its files open when the job has its place, before it begins. */
  onOpen(): void;
};

/** Starts a claimed job. Where that fails, the job is closed. */
export async function launch(claimed: ClaimedJob, options: LaunchOptions): Promise<Launched> {
  const { runner, signal } = options;
  let prepared: PreparedJob | null = null;
  try {
    // What is stopped before it begins is only written down.
    prepared = signal.aborted ? unprepared(claimed) : await runner.prepare(claimed, signal);
    const open = await openJob(prepared);
    options.onOpen();
    return startOpen(open, options);
  } catch (error) {
    await prepared?.giveBack();
    await claimed.close();
    throw error;
  }
}

const NOTHING = async () => {
  throw new Error('a job that is not to run was run');
};

function unprepared(claimed: ClaimedJob): PreparedJob {
  return {
    ...claimed,
    steps: { fetch: NOTHING, work: NOTHING, gathering: null },
    async giveBack() {},
  };
}

function startOpen(open: OpenJob, { runner, signal, log }: LaunchOptions): Launched {
  const files = createSharing<OpenJob>(({ close }) => close());
  const { release } = files.take('files', () => open);
  open.watch?.onWarning(log);
  let tellBegun = () => {};
  const first = new Promise<void>((resolve) => {
    tellBegun = resolve;
  });
  const listener = {
    everyEvent: false,
    // The journal has it by then.
    onEvent: ({ type }: JobEvent) => {
      if (type === 'job_started' || type === 'job_resumed') tellBegun();
    },
  };
  const job = runner.start(open, { signal, listener });
  const ended = settle(job).finally(release);
  // Of one with nothing left to do there is no first event.
  const begun = Promise.race([first, ended]);
  begun.catch(() => {});
  ended.catch(() => {});
  const hold = () => (files.isEmpty() ? null : files.take('files', () => open).release);
  return { job, begun, ended, hold };
}

/** Its results are where they are served from. */
async function settle({ done, delivered }: StartedJob): Promise<void> {
  if ((await done) !== 'ongoing') await delivered();
}

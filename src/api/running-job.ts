import { onAbort } from '../abort.ts';
import { type ClaimedJob, openJob } from '../runner/open-job.ts';
import type { Runner } from '../runner/runner.ts';
import { createEventStream } from './events.ts';
import { type JobEventOf, type ResultsOf, readResults } from './results.ts';

/** A job that runs. Its events can be read once, by `for await`, all of them whenever that begins. */
export type RunningJob<Output = unknown> = AsyncIterable<JobEventOf<Output>> & {
  /**
   * Resolves when the job has ended or was stopped, whatever its status; also
   * when nobody reads the events. Rejects with an `ImgjobError`.
   */
  results: Promise<ResultsOf<Output>>;
};

export type JobToRun = {
  /** What runs it, or is being opened. */
  runner: Runner | Promise<Runner>;
  /** Takes the job, which is closed when it has ended. */
  claim(): Promise<ClaimedJob>;
  /** What stops it is aborted with a word for why. */
  stop: AbortController;
  /** The caller's own way to stop it. */
  signal: AbortSignal | undefined;
};

/** Runs a job to its results. What goes wrong is told to whoever waits for them, or reads the events. */
export function runToResults<Output>({
  runner,
  claim,
  stop,
  signal,
}: JobToRun): RunningJob<Output> {
  const stream = createEventStream<Output>();
  const results = (async () => {
    const forget = signal && onAbort(signal, () => stop.abort('abort'));
    onAbort(stop.signal, stream.hurry);
    try {
      // A fleet that can't be reached leaves nothing behind.
      const open = await runner;
      const claimed = await claim();
      return await runClaimed<Output>(open, claimed, { stop, emit: stream.emit });
    } finally {
      forget?.();
    }
  })();
  // Also so that a failure is not unhandled where only one of the two is looked at.
  results.then(stream.end, stream.fail);
  return { results, [Symbol.asyncIterator]: () => stream.events[Symbol.asyncIterator]() };
}

type Told = Pick<JobToRun, 'stop'> & {
  emit: ReturnType<typeof createEventStream>['emit'];
};

async function runClaimed<Output>(
  runner: Runner,
  claimed: ClaimedJob,
  { stop, emit }: Told,
): Promise<ResultsOf<Output>> {
  try {
    const prepared = await runner.prepare(claimed, stop.signal);
    const job = await openJob(prepared).catch(async (error: unknown) => {
      await prepared.giveBack();
      throw error;
    });
    const listener = { everyEvent: true, onEvent: emit };
    const key = freeKey(runner, claimed.manifest.job_id);
    const started = runner.start(job, { signal: stop.signal, listener, key });
    await started.done;
    const results = await readResults<Output>(job);
    // Whoever runs the job has them: a later run of it starts over.
    if (job.journal) await started.delivered();
    return results;
  } finally {
    await claimed.close();
  }
}

/** One manifest may be run several times at once: the later runs have a number behind their id. */
function freeKey({ jobs }: Runner, job_id: string): string {
  const taken = new Set(Array.from(jobs.keys(), (key) => key.toLowerCase()));
  let key = job_id;
  // No id of a manifest has a space in it.
  for (let run = 2; taken.has(key.toLowerCase()); run += 1) key = `${job_id} ${run}`;
  return key;
}

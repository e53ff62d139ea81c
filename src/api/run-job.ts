import type { z } from 'zod';
import { onAbort } from '../abort.ts';
import type { Manifest } from '../manifest/manifest.ts';
import {
  type DocumentSource,
  documentErrors,
  documentHead,
  documentStores,
} from '../results/document.ts';
import type { JobEvent } from '../results/events.ts';
import type { resultsSchema } from '../results/results-schema.ts';
import { keepInMemory, openJob } from '../runner/open-job.ts';
import { createRunner, type Runner } from '../runner/runner.ts';
import { createEventStream } from './events.ts';
import { checkRunJobOptions, type RunJobOptions, wrongUsage } from './run-job-options.ts';
import { functionWork } from './work.ts';

/** The results document, as `imgjob run` writes it. */
export type Results = z.infer<typeof resultsSchema>;

/** A job that runs. Its events can be read once, by `for await`, from the moment on that it is begun. */
export type RunningJob = AsyncIterable<JobEvent> & {
  /**
   * Resolves when the job has ended or was stopped, whatever its status; also
   * when nobody reads the events. Rejects with an `ImgjobError`.
   */
  results: Promise<Results>;
};

/**
 * Runs a job to its results, which are kept in memory alone. A manifest may be
 * run several times; it stays open. Throws `usage` for an option that can't be.
 */
export function runJob(manifest: Manifest, options: RunJobOptions = {}): RunningJob {
  if (typeof manifest?.store !== 'function')
    throw wrongUsage('manifest: expected one of readManifest');
  const checked = checkRunJobOptions(options);
  const { headers, signal, work, log } = checked;
  const stream = createEventStream();
  const results = (async () => {
    const stop = new AbortController();
    const forget = signal && onAbort(signal, () => stop.abort('abort'));
    try {
      const runner = processRunner();
      const claimed = {
        ...{ manifest, path: '-', options: checked.job, headers },
        fetches: true,
        fsync: false,
        work: work ? functionWork(work, checked.job, log) : null,
        open: async () => keepInMemory(manifest),
        async close() {},
        release() {},
      };
      const job = await openJob(await runner.prepare(claimed, stop.signal));
      const listener = { everyEvent: true, onEvent: stream.emit };
      const key = freeKey(runner, manifest.job_id);
      await runner.start(job, { signal: stop.signal, listener, key }).done;
      return await documentOf(job);
    } finally {
      forget?.();
    }
  })();
  // Also so that a failure is not unhandled where only one of the two is looked at.
  results.then(stream.end, stream.fail);
  return { results, [Symbol.asyncIterator]: () => stream.events[Symbol.asyncIterator]() };
}

let sharedRunner: Runner | null = null;

/** What runs all jobs of this process: one cap, one network, one limiter of hosts. */
function processRunner(): Runner {
  // Work of the caller's own is a function, and logs to whoever gave it.
  const work = { log() {}, debug: false };
  sharedRunner ??= createRunner({ concurrency: null, env: process.env, work });
  return sharedRunner;
}

/** One manifest may be run several times at once: the later runs have a number behind their id. */
function freeKey({ jobs }: Runner, job_id: string): string {
  const taken = new Set(Array.from(jobs.keys(), (key) => key.toLowerCase()));
  let key = job_id;
  // No id of a manifest has a space in it.
  for (let run = 2; taken.has(key.toLowerCase()); run += 1) key = `${job_id} ${run}`;
  return key;
}

async function documentOf(source: DocumentSource): Promise<Results> {
  const [errors, stores]: [Results['errors'], Results['stores']] = [[], []];
  for await (const error of documentErrors(source)) errors.push(error);
  for await (const store of documentStores(source)) stores.push(store);
  return { ...documentHead(source), errors, stores };
}

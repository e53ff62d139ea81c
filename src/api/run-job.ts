import type { z } from 'zod';
import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';
import { createController } from '../job/controller.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { DEFAULTS, type Header, parseHeader } from '../options.ts';
import { documentErrors, documentHead, documentStores } from '../results/document.ts';
import { type JobEvent, type JobOptions, jobOptionsSchema } from '../results/events.ts';
import type { resultsSchema } from '../results/results-schema.ts';
import { createMemoryResults } from '../results/results-store.ts';
import { sleepingWork } from '../runner/choose-work.ts';
import { createEffects } from '../runner/effects.ts';
import { limitConnections } from '../runner/open-files.ts';
import { createEventStream } from './events.ts';
import { functionWork, type Work, type WorkContext } from './work.ts';

/** The results document, as `imgjob run` writes it. */
export type Results = z.infer<typeof resultsSchema>;

type GivenOptions = {
  [Name in Exclude<keyof JobOptions, 'headers' | 'work'>]?: JobOptions[Name] | undefined;
};

/**
 * What a job does; each as the option of the same name of `imgjob run`, with
 * its default. Times are milliseconds, sizes bytes, `rate` requests a second.
 */
export type RunJobOptions = GivenOptions & {
  /** Stops the job when it is aborted: it is `ongoing` then. */
  signal?: AbortSignal | undefined;
  /** Sent to the hosts of the image URLs, and to no other that these lead to. */
  headers?: Record<string, string> | undefined;
  /** Takes the place of the sleep. */
  work?: Work | undefined;
  /** What the work logs; it goes nowhere by default. */
  log?: WorkContext['log'] | undefined;
};

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
  const { signal, headers = {}, work, log = () => {}, ...given } = options;
  if (typeof manifest?.store !== 'function') throw wrong('manifest: expected one of readManifest');
  if (work !== undefined && typeof work !== 'function') throw wrong('work: expected a function');
  const lines = Object.entries(headers).map(headerOf);
  const job = checked({ ...DEFAULTS, ...present(given), headers: Object.keys(headers) });
  const stream = createEventStream();
  const results = (async () => {
    const stop = new AbortController();
    const forget = signal && onAbort(signal, () => stop.abort('abort'));
    const { effects, close } = await createEffects(job, lines, {
      fetches: true,
      max_connections: limitConnections(Math.min(job.concurrency, manifest.store_count))
        .max_connections,
      work: work ? functionWork(work, job, log) : sleepingWork(job.sleep_ms),
      emit: stream.emit,
    });
    try {
      const start = { manifest, results: createMemoryResults() };
      const running = createController(job, effects).start(start, stop.signal);
      await running.done;
      return await documentOf(running);
    } finally {
      forget?.();
      await close();
    }
  })();
  // Also so that a failure is not unhandled where only one of the two is looked at.
  results.then(stream.end, stream.fail);
  return { results, [Symbol.asyncIterator]: () => stream.events[Symbol.asyncIterator]() };
}

/** Without what is undefined, which would hide a default. */
function present(options: GivenOptions): Partial<JobOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function headerOf([name, value]: [string, string]): Header {
  try {
    return parseHeader(`${name}: ${value}`);
  } catch {
    throw wrong(`headers: ${name} can't be sent`);
  }
}

function checked(options: JobOptions): JobOptions {
  const outcome = jobOptionsSchema.safeParse(options);
  if (outcome.success) return outcome.data;
  const [issue] = outcome.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw wrong([path, issue?.message ?? ''].filter((part) => part !== '').join(': '));
}

function wrong(message: string): ImgjobError {
  return new ImgjobError('usage', `runJob: ${message}`);
}

async function documentOf(source: Parameters<typeof documentHead>[0]): Promise<Results> {
  const [errors, stores]: [Results['errors'], Results['stores']] = [[], []];
  for await (const error of documentErrors(source)) errors.push(error);
  for await (const store of documentStores(source)) stores.push(store);
  return { ...documentHead(source), errors, stores };
}

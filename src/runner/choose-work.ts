import { availableParallelism } from 'node:os';
import { ImgjobError, messageOf } from '../errors.ts';
import { type Effects, WorkError } from '../job/effects.ts';
import type { JobOptions } from '../options/job-options.ts';
import { createSharing } from '../sharing.ts';
import type { BatchCounts, WorkQueue } from '../work/work.ts';
import { sleep } from './sleep.ts';

/** The last step of an image, and what it holds open. */
export type WorkStep = Pick<Effects, 'work'> & {
  /** Whether the work wants the bytes of an image: else no body is kept. */
  keepsBodies: boolean;
  /** What work that gathers images is told of a job; null where it gathers none. */
  gathering: Gathering | null;
  close(): Promise<void>;
};

/** Images of several stores and jobs that are worked on together. */
export type Gathering = {
  /** Is told how many images of one job more can come; returns the way to take that back. */
  expect: WorkQueue['expect'];
  /** Fewer can come now than before. */
  recheck: WorkQueue['dispatch'];
  counts: BatchCounts;
};

export type WorkOptions = {
  /** Called with each line that a module prints outside of its work on an image; it was loaded for this job. */
  log(text: string, job_id: string): void;
  /** Called with sentences for the person at the terminal; a warning begins so. */
  say(text: string): void;
  /** Whether the stack of what the work throws is logged as well. */
  debug: boolean;
  /** The environment: names options of Node.js. */
  env: Record<string, string | undefined>;
};

/** What a job has for its work. */
export type WorkedJob = {
  job_id: string;
  options: JobOptions;
  /** How many of its images can be at work at once. */
  images: number;
  /** Ends the wait for a module that loads (`stopped`). */
  signal: AbortSignal;
};

/**
 * The work of a job: that of a module of the user's own, which is loaded before
 * the job starts, or the sleep. Jobs with the same module and limits share its
 * threads. Throws `usage` when the module can't be used.
 */
export function createWorkChoice(modules: WorkOptions) {
  const sharing = createSharing<Promise<ModuleWork>>((step) =>
    step.then(
      ({ close }) => close(),
      () => {},
    ),
  );

  return async (job: WorkedJob): Promise<WorkStep> => {
    const { options, images } = job;
    const { work: path, sleep_ms, work_concurrency, work_timeout_ms } = options;
    if (path === null) return sleepingWork(sleep_ms);
    const { work_batch, work_batch_wait_ms, work_grace_ms } = options;
    const batch = [work_batch, work_batch_wait_ms];
    const key = JSON.stringify([path, work_concurrency, work_timeout_ms, work_grace_ms, batch]);
    let isFirst = false;
    const { value, release } = sharing.take(key, () => {
      isFirst = true;
      return loadWork(path, job, modules);
    });
    try {
      const step = await value;
      if (!isFirst) step.want(images);
      return { ...step, close: release };
    } catch (error) {
      await release();
      throw error;
    }
  };
}

/** How many threads work of the user's own has at most, as far as that is known before it is loaded. */
export function workThreads({ work_concurrency }: JobOptions): number {
  return work_concurrency ?? availableParallelism();
}

/** The sleep that stands for GPU work. */
export function sleepingWork(sleep_ms: number): WorkStep {
  return {
    work: (_image, { signal }) => sleep(sleep_ms, signal).then(() => null),
    keepsBodies: false,
    gathering: null,
    async close() {},
  };
}

type ModuleWork = WorkStep & {
  /** So many images more may be at work at once. */
  want(images: number): void;
};

/** So long a module may load before that is said. */
const SILENT_MS = 1000;

async function loadWork(
  path: string,
  { job_id, options, images, signal }: WorkedJob,
  { log, say, debug, env }: WorkOptions,
): Promise<ModuleWork> {
  const [{ findModule }, { isUnderTsx }, { createModuleWork }] = await Promise.all([
    import('../work/find-module.ts'),
    import('../work/tsx.ts'),
    import('../work/module-work.ts'),
  ]);
  const found = findModule(path);
  if ('missing' in found) throw unusable(path, new Error(found.missing));
  const place = { ...found, underTsx: isUnderTsx(process.execArgv, env.NODE_OPTIONS) };
  const loading = setTimeout(() => say('loading work …'), SILENT_MS);
  const { queue, threads, closes } = await createModuleWork({
    ...{ place, options, wanted: images, cores: availableParallelism(), debug, signal },
    log: (text) => log(text, job_id),
    warn: (text) => say(`warning: work: ${text}`),
  })
    .catch(async (cause: unknown) => {
      if (signal.aborted) throw new ImgjobError('stopped', 'stopped while work was loaded');
      const isSyntax = cause instanceof WorkError && cause.reason === 'syntax-error';
      throw unusable(path, cause, isSyntax ? await lineOf(path) : '');
    })
    .finally(() => clearTimeout(loading));
  return {
    work: queue.work,
    keepsBodies: true,
    gathering: gatheringOf(queue),
    want: threads.want,
    async close() {
      if (closes) say('closing work …');
      const failures = await threads.close();
      if (failures.length > 0) throw notClosed(path, failures);
    },
  };
}

/** What a queue of images is told of the jobs that they come from. */
export function gatheringOf({ expect, dispatch, counts }: WorkQueue): Gathering {
  return { expect, recheck: dispatch, counts };
}

function unusable(path: string, cause: unknown, line = ''): ImgjobError {
  const message = `can't use ${path} for --work: ${messageOf(cause)}${line}`;
  const isNoFunction = cause instanceof WorkError && cause.reason === 'not-a-function';
  if (!isNoFunction) return new ImgjobError('usage', message, { cause });
  return new ImgjobError('usage', message, { cause, hint: 'async (image, context) => output' });
}

/** What a module has gathered may be lost then. */
function notClosed(path: string, failures: string[]): ImgjobError {
  const [first = ''] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return new ImgjobError('work-not-closed', `${path} did not end well: ${first}${more}`);
}

/** Node.js says where a syntax error is only to those who run the file. */
async function lineOf(path: string): Promise<string> {
  // It takes a run 3 ms to load.
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const line = /:(\d+)\n/.exec(stderr)?.[1];
  return line === undefined ? '' : ` (line ${line})`;
}

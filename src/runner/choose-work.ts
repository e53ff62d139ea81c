import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { ImgjobError, messageOf } from '../errors.ts';
import { type Effects, WorkError } from '../job/effects.ts';
import type { JobOptions } from '../options/job-options.ts';
import { createSharing } from '../sharing.ts';
import { sleep } from './sleep.ts';

/** The last step of an image, and what it holds open. */
export type WorkStep = Pick<Effects, 'work'> & {
  /** Whether the work wants the bytes of an image: else no body is kept. */
  keepsBodies: boolean;
  close(): Promise<void>;
};

export type WorkOptions = {
  /** Called with each line that a module prints or logs. */
  log(text: string): void;
  /** Whether the stack of what the work throws is logged as well. */
  debug: boolean;
};

/**
 * The work of a job: that of a module of the user's own, which is loaded before
 * the job starts, or the sleep. Jobs with the same module and limits share its
 * threads. Throws `usage` when the module can't be used.
 */
export function createWorkChoice(modules: WorkOptions) {
  const sharing = createSharing<Promise<WorkStep>>((step) =>
    step.then(
      ({ close }) => close(),
      () => {},
    ),
  );

  return async (options: JobOptions): Promise<WorkStep> => {
    const { work: path, sleep_ms, work_concurrency, work_timeout_ms } = options;
    if (path === null) return sleepingWork(sleep_ms);
    const key = JSON.stringify([path, work_concurrency, work_timeout_ms]);
    const { value, release } = sharing.take(key, () => loadWork(path, options, modules));
    try {
      return { ...(await value), close: release };
    } catch (error) {
      await release();
      throw error;
    }
  };
}

/** The sleep that stands for GPU work. */
export function sleepingWork(sleep_ms: number): WorkStep {
  return {
    work: (_image, { signal }) => sleep(sleep_ms, signal).then(() => null),
    keepsBodies: false,
    async close() {},
  };
}

/** How much of the user's own work is done at once, and for how long. */
export function workLimits({ work_concurrency, work_timeout_ms }: JobOptions) {
  return { concurrency: work_concurrency ?? availableParallelism(), timeout_ms: work_timeout_ms };
}

async function loadWork(
  path: string,
  options: JobOptions,
  { log, debug }: WorkOptions,
): Promise<WorkStep> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    throw unusable(path, new Error(found ? 'it is no file' : 'no such file'));
  }
  const [{ createThreads }, { createWork }] = await Promise.all([
    import('../work/threads.ts'),
    import('../work/work.ts'),
  ]);
  const limits = workLimits(options);
  const start = { module: pathToFileURL(path).href, log, debug };
  const threads = await createThreads(start, limits).catch(async (cause: unknown) => {
    const isSyntax = cause instanceof WorkError && cause.reason === 'syntax-error';
    throw unusable(path, cause, isSyntax ? await lineOf(path) : '');
  });
  return { work: createWork(threads.enter, limits), keepsBodies: true, close: threads.close };
}

function unusable(path: string, cause: unknown, line = ''): ImgjobError {
  const message = `can't use ${path} for --work: ${messageOf(cause)}${line}`;
  const isNoFunction = cause instanceof WorkError && cause.reason === 'not-a-function';
  if (!isNoFunction) return new ImgjobError('usage', message, { cause });
  return new ImgjobError('usage', message, { cause, hint: 'async (image, context) => output' });
}

/** Node.js says where a syntax error is only to those who run the file. */
async function lineOf(path: string): Promise<string> {
  // It takes a run 3 ms to load.
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const line = /:(\d+)\n/.exec(stderr)?.[1];
  return line === undefined ? '' : ` (line ${line})`;
}

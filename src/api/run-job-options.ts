import { ImgjobError } from '../errors.ts';
import { checkHeader, type Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import { parseJobOptions } from '../options/parse-job-options.ts';
import { type BatchWork, checkWork, type Work, type WorkContext } from './work.ts';

/** What a program gives in another way: batches with its work, and it ends by itself what it began. */
const NOT_GIVEN = ['work_batch', 'work_batch_wait_ms', 'work_grace_ms'] as const;
type NotGiven = 'headers' | 'work' | (typeof NOT_GIVEN)[number];

type GivenOptions = {
  [Name in Exclude<keyof JobOptions, NotGiven>]?: JobOptions[Name] | undefined;
};

/**
 * What a job does; each as the option of the same name of `imgjob run`, with
 * its default and its bounds. Times are milliseconds, sizes bytes, `rate`
 * requests a second.
 */
export type RunJobOptions = GivenOptions & {
  /** Stops the job when it is aborted: it is `ongoing` then. */
  signal?: AbortSignal | undefined;
  /** Sent to the hosts of the image URLs, and to no other that these lead to. */
  headers?: Record<string, string> | undefined;
  /** Takes the place of the sleep: a function of one image, or of several at once. */
  work?: Work | BatchWork | undefined;
  /** What the work logs; it goes nowhere by default. */
  log?: WorkContext['log'] | undefined;
};

/** The same, checked: the options of the job itself, and what a program alone can give. */
export type CheckedRunJobOptions = Pick<RunJobOptions, 'signal' | 'work'> & {
  job: JobOptions;
  headers: Header[];
  log: WorkContext['log'];
};

/**
 * The options of `runJob`, which a program may have made without types.
 * Throws `usage` for the first that can't be; its cause are all the problems.
 */
export function checkRunJobOptions(given: RunJobOptions): CheckedRunJobOptions {
  if (typeof given !== 'object' || given === null)
    throw wrongUsage('expected an object of options');
  const { signal, headers: named = {}, work, log = () => {}, ...rest } = given;
  const wrongWork = checkWork(work);
  if (wrongWork !== null) throw wrongUsage(wrongWork);
  if (typeof log !== 'function') throw wrongUsage('log: expected a function');
  if (signal !== undefined && !isSignal(signal))
    throw wrongUsage('signal: expected an AbortSignal');
  for (const name of NOT_GIVEN) {
    if (name in rest) throw wrongUsage(`${name}: say it with the work: { batch, run }`);
  }
  const headers = headersOf(named);
  const outcome = parseJobOptions({ ...rest, headers: headers.map(([name]) => name) });
  if ('options' in outcome) return { job: outcome.options, headers, signal, work, log };
  const { problems } = outcome;
  const [first] = problems;
  throw wrongUsage([first?.option, first?.message].filter(Boolean).join(': '), problems);
}

/** An error in how `runJob` was called. */
export function wrongUsage(message: string, cause?: unknown): ImgjobError {
  return new ImgjobError('usage', `runJob: ${message}`, { cause });
}

/** Of any realm: a test runner's, say. */
function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  );
}

function headersOf(given: unknown): Header[] {
  if (!isRecord(given)) throw wrongUsage('headers: expected an object of names and values');
  return Object.entries(given).map(([name, value]) => headerOf(name, value));
}

/** Whether what is in an object are its keys: a `Headers` or a `Map` seems to be empty. */
function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
}

function headerOf(name: string, value: unknown): Header {
  const header = typeof value === 'string' ? checkHeader(name, value) : 'value';
  if (typeof header !== 'string') return header;
  // A value may be secret, and a name that is none may be anything.
  if (header === 'name') throw wrongUsage('headers: expected names of tokens (RFC 9110, 5.6.2)');
  if (header === 'own') throw wrongUsage(`headers: ${name} can't be sent`);
  throw wrongUsage(`headers: ${name}: expected ASCII text on one line`);
}

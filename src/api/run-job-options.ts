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
export type RunJobOptions<Output = unknown> = GivenOptions & {
  /** Stops the job when it is aborted: it is `ongoing` then. */
  signal?: AbortSignal | undefined;
  /** Sent to the hosts of the image URLs, and to no other that these lead to. */
  headers?: Record<string, string> | undefined;
  /** Takes the place of the sleep: a function of one image, or of several at once. */
  work?: Work<Output> | BatchWork<Output> | undefined;
  /** What the work logs; it goes nowhere by default. */
  log?: WorkContext['log'] | undefined;
};

/** The same, checked: the options of the job itself, and what a program alone can give. */
export type CheckedRunJobOptions = Pick<RunJobOptions, 'signal' | 'work'> & {
  job: JobOptions;
  /** Those of the job that were given, and not left to their defaults. */
  given: Partial<JobOptions>;
  headers: Header[];
  log: WorkContext['log'];
};

/**
 * The options of a function of the library, which a program may have made
 * without types. Throws `usage` for the first that can't be; its cause are all
 * the problems. `caller` is the name of that function.
 */
export function checkRunJobOptions(given: RunJobOptions, caller: string): CheckedRunJobOptions {
  const wrong: Wrong = (message, cause) => wrongUsage(`${caller}: ${message}`, cause);
  if (typeof given !== 'object' || given === null) throw wrong('expected an object of options');
  const { signal, headers: named = {}, work, log = () => {}, ...rest } = given;
  const wrongWork = checkWork(work);
  if (wrongWork !== null) throw wrong(wrongWork);
  if (typeof log !== 'function') throw wrong('log: expected a function');
  if (signal !== undefined && !isSignal(signal)) throw wrong('signal: expected an AbortSignal');
  for (const name of NOT_GIVEN) {
    if (name in rest) throw wrong(`${name}: set it in the work: { batch, run }`);
  }
  const headers = headersOf(named, wrong);
  const outcome = parseJobOptions({ ...rest, headers: headers.map(([name]) => name) });
  if ('options' in outcome) {
    const job = outcome.options;
    return { job, given: givenOf(job, given), headers, signal, work, log };
  }
  const { problems } = outcome;
  const [first] = problems;
  throw wrong([first?.option, first?.message].filter(Boolean).join(': '), problems);
}

/** Makes the error of an option. */
type Wrong = (message: string, cause?: unknown) => ImgjobError;

/** An error in how the library was called. */
export function wrongUsage(message: string, cause?: unknown): ImgjobError {
  return new ImgjobError('usage', message, { cause });
}

/** The options of a job that somebody has given. */
function givenOf(job: JobOptions, given: object): Partial<JobOptions> {
  const names = new Set(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  );
  return Object.fromEntries(
    Object.entries(job).filter(([name]) => name !== 'work' && names.has(name)),
  );
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

function headersOf(given: unknown, wrong: Wrong): Header[] {
  if (!isRecord(given)) throw wrong('headers: expected an object of names and values');
  return Object.entries(given).map(([name, value]) => headerOf(name, value, wrong));
}

/** Whether what is in an object are its keys: a `Headers` or a `Map` seems to be empty. */
function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
}

function headerOf(name: string, value: unknown, wrong: Wrong): Header {
  const header = typeof value === 'string' ? checkHeader(name, value) : 'value';
  if (typeof header !== 'string') return header;
  // A value may be secret, and a name that is none may be anything.
  if (header === 'name') throw wrong('headers: expected names of tokens (RFC 9110, 5.6.2)');
  if (header === 'own') throw wrong(`headers: ${name} can't be sent`);
  throw wrong(`headers: ${name}: expected ASCII text on one line`);
}

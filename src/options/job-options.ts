import { z } from 'zod';
import {
  BOUNDS,
  type Bounds,
  describeWholeNumber,
  MAX_HEADERS,
  MAX_HOST_PATTERNS,
} from './bounds.ts';
import { EXPECTED_BUDGET, FAILURE_BUDGET } from './failure-budget.ts';
import { EXPECTED_FOLDER, EXPECTED_PATH, isFilePath } from './file-path.ts';
import { EXPECTED_USER_AGENT, headerNameFault, isUserAgent } from './header.ts';
import { EXPECTED_HOST, normaliseHostPattern } from './host-pattern.ts';

/**
 * What a job may be told: one schema for the command line, the library and
 * the journal. Each option has one sentence for all that it refuses.
 */

function wholeNumber(bounds: Bounds) {
  const expected = `expected ${describeWholeNumber(bounds)}`;
  return z.int(expected).min(bounds.least, expected).max(bounds.most, expected);
}

function requestsPerSecond({ least, most }: Bounds) {
  const expected = `expected requests a second, from 1/${1 / least} to ${most}`;
  return z.number(expected).min(least, expected).max(most, expected);
}

function flag() {
  return z.boolean('expected true or false');
}

function text(accepts: (text: string) => boolean, what: string) {
  return z.string(`expected ${what}`).refine(accepts, `expected ${what}`);
}

function list<Item extends z.ZodType>(item: Item, most: number, what: string) {
  return z.array(item, `expected a list of ${what}`).max(most, `expected at most ${most} ${what}`);
}

const hostPattern = z.string(`expected ${EXPECTED_HOST}`).check((context) => {
  const normal = normaliseHostPattern(context.value);
  if (normal !== null) context.value = normal;
  else {
    const message = `expected ${EXPECTED_HOST}`;
    context.issues.push({ code: 'custom', input: context.value, message });
  }
});
const headerName = text(
  (name) => headerNameFault(name) === null,
  "a header's name that may be set",
);
const hosts = list(hostPattern, MAX_HOST_PATTERNS, 'hosts');

export const jobOptionsSchema = z.strictObject(
  {
    concurrency: wholeNumber(BOUNDS.concurrency),
    sleep_ms: wholeNumber(BOUNDS.sleep_ms),
    prefetch: flag(),
    /** The SHA-256 of each body is in its result. */
    digest: flag(),
    /** The folder in which the bodies of completed images are kept. */
    save: text(isFilePath, EXPECTED_FOLDER).nullable(),
    timeout_ms: wholeNumber(BOUNDS.timeout_ms),
    stall_timeout_ms: wholeNumber(BOUNDS.stall_timeout_ms),
    dns_timeout_ms: wholeNumber(BOUNDS.dns_timeout_ms),
    connect_timeout_ms: wholeNumber(BOUNDS.connect_timeout_ms),
    max_bytes: wholeNumber(BOUNDS.max_bytes),
    max_redirects: wholeNumber(BOUNDS.max_redirects),
    retries: wholeNumber(BOUNDS.retries),
    retry_delay_ms: wholeNumber(BOUNDS.retry_delay_ms),
    retry_max_delay_ms: wholeNumber(BOUNDS.retry_max_delay_ms),
    /** Names alone: values may be secret. */
    headers: list(headerName, MAX_HEADERS, 'headers'),
    user_agent: text(isUserAgent, EXPECTED_USER_AGENT).nullable(),
    cacert: text(isFilePath, EXPECTED_PATH).nullable(),
    insecure: flag(),
    deny_private: flag(),
    allow_hosts: hosts,
    deny_hosts: hosts,
    max_per_host: wholeNumber(BOUNDS.max_per_host).nullable(),
    rate: requestsPerSecond(BOUNDS.rate).nullable(),
    /** The first failed store that is not allowed stops the job. */
    fail_fast: flag(),
    /** A failed image does not stop its store. */
    keep_going: flag(),
    /** So many failed stores are allowed: `3`, or `5%` of all. */
    allow_failures: z
      .string(`expected ${EXPECTED_BUDGET}`)
      .regex(FAILURE_BUDGET, `expected ${EXPECTED_BUDGET}`)
      .nullable(),
    /** The path of a module, or of a package, that does the work in place of the sleep. */
    work: text(isFilePath, EXPECTED_PATH).nullable(),
    /** Images or batches at work at once, over all stores; null is what suits the module. */
    work_concurrency: wholeNumber(BOUNDS.work_concurrency).nullable(),
    /** For the work on one image, or on one batch. */
    work_timeout_ms: wholeNumber(BOUNDS.work_timeout_ms),
    /** Images that are worked on together; null is as the module says: one, unless it says more. */
    work_batch: wholeNumber(BOUNDS.work_batch).nullable(),
    /** How long a batch may wait to be full. */
    work_batch_wait_ms: wholeNumber(BOUNDS.work_batch_wait_ms).nullable(),
    /** Further attempts at the work on an image. */
    work_retries: wholeNumber(BOUNDS.work_retries),
    /** For what the work does at its end. */
    work_grace_ms: wholeNumber(BOUNDS.work_grace_ms),
  },
  'expected an object of options',
);

export type JobOptions = z.infer<typeof jobOptionsSchema>;

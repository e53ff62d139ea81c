import { ImgjobError } from '../errors.ts';
import type { JobOptions } from '../options/job-options.ts';
import { parseJobOptions } from '../options/parse-job-options.ts';

/**
 * What a submission may ask for, in its query: `?sleep_ms=0&keep_going=true`.
 * A job can't read files of the server nor weaken what the operator has set:
 * all else is the operator's alone.
 */

type Rule =
  /** Anything that an option may be: it costs nobody else. */
  | 'free'
  /** A number, no larger than the operator's. */
  | 'less'
  /** A number, no larger than the operator's or what `MOST` says: while it waits it holds a place that all jobs share. */
  | 'bounded'
  /** On; off only where the operator has it off. */
  | 'stricter'
  /** Added to the operator's. */
  | 'more';

export const ASKABLE = {
  sleep_ms: 'bounded',
  retries: 'bounded',
  retry_delay_ms: 'bounded',
  prefetch: 'free',
  digest: 'free',
  fail_fast: 'free',
  keep_going: 'free',
  allow_failures: 'free',
  user_agent: 'free',
  concurrency: 'less',
  timeout_ms: 'less',
  stall_timeout_ms: 'less',
  dns_timeout_ms: 'less',
  connect_timeout_ms: 'less',
  retry_max_delay_ms: 'less',
  work_timeout_ms: 'less',
  work_retries: 'less',
  max_bytes: 'less',
  max_redirects: 'less',
  max_per_host: 'less',
  rate: 'less',
  deny_private: 'stricter',
  deny_hosts: 'more',
} as const satisfies Partial<Record<keyof JobOptions, Rule>>;

type Askable = keyof typeof ASKABLE;

type Bounded = {
  [Name in Askable]: (typeof ASKABLE)[Name] extends 'bounded' ? Name : never;
}[Askable];

/** The most of each number that is bounded, where the operator has a smaller one. */
const MOST: Record<Bounded, (operator: JobOptions) => number> = {
  sleep_ms: () => 60_000,
  retries: () => 10,
  retry_delay_ms: ({ retry_max_delay_ms }) => retry_max_delay_ms,
};

const TEXTS = new Set<Askable>(['allow_failures', 'user_agent']);

/** The options of a job that is handed in. Throws `usage` with every name that can't be what it is. */
export function requestedOptions(query: URLSearchParams, operator: JobOptions): JobOptions {
  const asked: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    if (!isAskable(name)) throw refused(name, 'a submission has no such option');
    asked[name] = queryValue(name, query.getAll(name));
  }
  const outcome = parseJobOptions({ ...operator, ...asked });
  if ('problems' in outcome) {
    const [first] = outcome.problems;
    throw refused(first?.option ?? '', first?.message ?? '', outcome.problems);
  }
  return within(outcome.options, operator, asked);
}

function isAskable(name: string): name is Askable {
  return Object.hasOwn(ASKABLE, name);
}

function queryValue(name: Askable, texts: string[]): unknown {
  const [text = ''] = texts;
  if (ASKABLE[name] === 'more') return texts;
  if (texts.length > 1) throw refused(name, 'given more than once');
  if (TEXTS.has(name)) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function within(options: JobOptions, operator: JobOptions, asked: object): JobOptions {
  for (const name of Object.keys(asked).filter(isAskable)) {
    const rule = ASKABLE[name];
    const wanted: unknown = options[name];
    const most = mostOf(name, operator);
    if (most !== null && typeof wanted === 'number' && wanted > most)
      throw refused(name, `expected at most ${most}, which this server allows`);
    if (rule === 'stricter' && operator[name] === true && wanted === false)
      throw refused(name, 'this server has it on for all jobs');
  }
  const deny_hosts = [...new Set([...operator.deny_hosts, ...options.deny_hosts])];
  return { ...options, deny_hosts };
}

/** The largest number that may be asked for; null where there is no such bound. */
function mostOf(name: Askable, operator: JobOptions): number | null {
  const own: unknown = operator[name];
  if (typeof own !== 'number') return null;
  if (ASKABLE[name] === 'less') return own;
  return isBounded(name) ? Math.max(own, MOST[name](operator)) : null;
}

function isBounded(name: Askable): name is Bounded {
  return Object.hasOwn(MOST, name);
}

function refused(name: string, why: string, cause?: unknown): ImgjobError {
  return new ImgjobError('usage', `${name}: ${why}`, { cause });
}

/** How a job goes on after a restart: what is the operator's alone is as it is now. */
export function keptOptions(kept: JobOptions, operator: JobOptions): JobOptions {
  const { headers, cacert, insecure, allow_hosts } = operator;
  const { work, work_concurrency, work_batch, work_batch_wait_ms, work_grace_ms } = operator;
  const deny_private = kept.deny_private || operator.deny_private;
  return {
    ...kept,
    ...{ headers, cacert, insecure, allow_hosts, deny_private },
    ...{ work, work_concurrency, work_batch, work_batch_wait_ms, work_grace_ms },
  };
}

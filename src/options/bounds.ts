/**
 * The least and the most that an option takes: plain numbers, from which the
 * parsers of the command line refuse and the schema of options is made.
 */

/** A number's bounds, both of which it may be. */
export type Bounds = { least: number; most: number };

/** The longest delay that a timer takes: 2^31 − 1 ms, about 24 days. */
export const MAX_DURATION_MS = 2_147_483_647;

/** A time that must pass; a wait may also be none. */
export const DURATION: Bounds = { least: 1, most: MAX_DURATION_MS };
export const PAUSE: Bounds = { least: 0, most: MAX_DURATION_MS };

/** Every number among the options of a job, in its own unit. */
export const BOUNDS = {
  concurrency: { least: 1, most: 10_000 },
  sleep_ms: PAUSE,
  timeout_ms: DURATION,
  stall_timeout_ms: DURATION,
  dns_timeout_ms: DURATION,
  connect_timeout_ms: DURATION,
  /** What a number can count one by one. */
  max_bytes: { least: 1, most: Number.MAX_SAFE_INTEGER },
  max_redirects: { least: 0, most: 100 },
  retries: { least: 0, most: 100 },
  retry_delay_ms: DURATION,
  retry_max_delay_ms: DURATION,
  max_per_host: { least: 1, most: 10_000 },
  /** Requests a second: from one a day. */
  rate: { least: 1 / 86_400, most: 1_000_000 },
  work_concurrency: { least: 1, most: 256 },
  work_timeout_ms: DURATION,
  work_batch: { least: 1, most: 10_000 },
  work_batch_wait_ms: PAUSE,
  work_retries: { least: 0, most: 100 },
  work_grace_ms: DURATION,
} satisfies Record<string, Bounds>;

/** The most headers, and characters in the name and the value of one: servers take no more. */
export const MAX_HEADERS = 100;
export const MAX_HEADER_NAME = 256;
export const MAX_HEADER_VALUE = 8192;

/** The most patterns of hosts in one list, all of which are looked at for each request. */
export const MAX_HOST_PATTERNS = 1000;
/** The most characters of a host's name (RFC 1035, 2.3.4: 255 octets with the lengths of its labels). */
export const MAX_HOST_NAME = 253;

/** The most characters of a path, of all systems. */
export const MAX_PATH = 32_767;

export function isWithin({ least, most }: Bounds, number: number): boolean {
  return number >= least && number <= most;
}

/** In words, after `expected`. */
export function describeWholeNumber({ least, most }: Bounds): string {
  return `a whole number from ${least} to ${most}`;
}

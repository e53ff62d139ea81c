import type { JobOptions } from '../options/job-options.ts';

/** Backoff grows no further than this, whatever the base. */
const MAX_BACKOFF_MS = 30_000;

export type RetryOptions = Pick<
  JobOptions,
  'retries' | 'retry_delay_ms' | 'retry_max_delay_ms' | 'work_retries'
>;

/**
 * How long to wait after an attempt that failed, in milliseconds: exponential
 * backoff with full jitter (a random part of the base times 2, 4, 8 …, at most
 * 30 s), after what the server asks for, up to `retry_max_delay_ms`: all that
 * were told the same must not come back at once. Attempts count from 1.
 */
export function retryDelay(
  attempt: number,
  retry_after_ms: number | null,
  { retry_delay_ms, retry_max_delay_ms }: RetryOptions,
  random: () => number,
): number {
  const most = Math.min(MAX_BACKOFF_MS, retry_delay_ms * 2 ** (attempt - 1));
  const asked = Math.min(retry_after_ms ?? 0, retry_max_delay_ms);
  return Math.round(asked + random() * most);
}

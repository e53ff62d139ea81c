import { type Fault, isRetryable, type RetryableFault } from '../job/effects.ts';

// What a network or a busy server may do better the next time.
const CODES = new Set<Fault['code']>(['connect', 'timeout', 'disconnected', 'truncated']);
/** RFC 9110, 15.5 and 15.6; 425 RFC 8470; 429 RFC 6585; 520 to 530 are Cloudflare's, of the server behind it. */
const STATUSES = new Set([
  ...[408, 425, 429, 500, 502, 503, 504],
  ...[520, 521, 522, 523, 524, 527, 530],
]);

/** Marks a fault that may pass, so that the image can be asked for again. */
export function markRetryable(
  fault: Fault | RetryableFault,
  retry_after_ms: number | null = null,
): Fault | RetryableFault {
  if (isRetryable(fault)) return fault;
  const { code, http_status } = fault;
  const passes = code === 'http-status' ? STATUSES.has(http_status ?? 0) : CODES.has(code);
  return passes ? { ...fault, retry_after_ms } : fault;
}

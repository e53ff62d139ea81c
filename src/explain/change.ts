import type { JobOptions } from '../options/job-options.ts';
import { optionDuration, optionRate, optionSize } from '../options/option-values.ts';
import { parseUrl } from '../parse-url.ts';
import type { Reason } from '../results/reasons.ts';
import type { ImageError } from '../results/results-schema.ts';
import type { Word } from '../terminal/shell-word.ts';

/** A failed image, and what is known of how it came to that. */
export type Failure = {
  /** As the manifest has it. */
  url: string;
  error: ImageError;
  /** Why it failed; null where its code says all, or no journal says it. */
  reason: Reason | null;
  /** Bytes of its body that came. */
  bytes: number | null;
  /** How many images of its store were skipped because of it. */
  skipped: number;
  /** What its job ran with when it failed. */
  options: JobOptions;
  /** Whether a server has its job: what it refuses is for whoever starts it to say. */
  onServer: boolean;
};

/** Something that may give another outcome. */
export type Change = {
  what: string;
  /** Options to give, as words of a command line. */
  options: Word[];
  /** `run` where the manifest or an option that can't be taken back is to be another one; `serve` where the server must allow it. */
  by: 'resume' | 'run' | 'serve';
  /** Options of the job that are to be others, where it is by `run`. */
  set: Partial<JobOptions>;
};

export type Advise = (failure: Failure) => Change[];

export function onResume(what: string, ...options: Word[]): Change {
  return { what, options, by: 'resume', set: {} };
}

export function onRun(what: string, set: Partial<JobOptions> = {}): Change {
  return { what, options: [], by: 'run', set };
}

export function onServe(what: string, ...options: Word[]): Change {
  return { what, options, by: 'serve', set: {} };
}

/** `why` is what is wrong with it, for the end of the sentence. */
export function correctUrl(failure: Failure, why = ''): Change {
  const what = isOwn(failure)
    ? 'correct the URL in the manifest'
    : 'have the redirect corrected, or put the place of the image into the manifest';
  return onRun(why === '' ? what : `${what}: ${why}`);
}

export function replaceFile(): Change {
  return onResume('have the file replaced');
}

export function seeWork(): Change {
  return onResume('see what the work says, correct it, and do it again');
}

export function lessLoad({ options }: Failure): Change[] {
  const words = [...more(options), ...fewer(options)];
  return [onResume('try more often, with fewer stores at once', ...words)];
}

/** Whether it is the manifest's URL itself that failed, and not what it redirects to, as far as facts tell. */
function isOwn({ url, error: { code, http_status, host } }: Failure): boolean {
  // Nothing is asked of such a URL: what answered named it in a redirect.
  if (code === 'invalid-url' || code === 'unsupported-scheme') return http_status === null;
  const own = parseUrl(url);
  if (host === null || !own) return true;
  return own.host === host && !(code === 'tls' && own.protocol === 'http:');
}

export function proxyPassword(): Change {
  return onResume('put the proxy’s user name and password into HTTP_PROXY or HTTPS_PROXY');
}

export function more({ retries }: JobOptions): string[] {
  return ['--retries', String(Math.min(100, Math.max(5, 2 * retries)))];
}

export function moreRedirects({ max_redirects }: JobOptions): string[] {
  return ['--max-redirects', String(Math.min(100, Math.max(10, 2 * max_redirects)))];
}

export function fewer({ concurrency }: JobOptions): string[] {
  return ['--concurrency', String(Math.max(1, Math.floor(concurrency / 2)))];
}

export function gentler({ max_per_host, rate }: JobOptions): string[] {
  const requests = max_per_host === null ? 4 : Math.max(1, Math.floor(max_per_host / 2));
  const words = ['--max-per-host', String(requests)];
  return [...words, '--rate', optionRate(rate === null ? 10 : rate / 2)];
}

export function largerSize({ bytes, options: { max_bytes } }: Failure): string[] {
  return ['--max-bytes', optionSize(2 * Math.max(max_bytes, bytes ?? 0))];
}

export function longerToConnect({ connect_timeout_ms, timeout_ms }: JobOptions): string[] {
  return longerWithin('--connect-timeout', connect_timeout_ms, timeout_ms);
}

export function longerToLookUp({ dns_timeout_ms, timeout_ms }: JobOptions): string[] {
  return longerWithin('--dns-timeout', dns_timeout_ms, timeout_ms);
}

/** A look-up and a connection take at most nine tenths of their attempt each. */
function longerWithin(option: string, limit_ms: number, timeout_ms: number): string[] {
  const longer_ms = 2 * Math.min(limit_ms, timeout_ms);
  const attempt_ms = longer_ms > 0.9 * timeout_ms ? 2 * longer_ms : null;
  return [option, optionDuration(longer_ms), ...attemptOf(attempt_ms)];
}

export function longerAttempt({ timeout_ms }: JobOptions): string[] {
  return attemptOf(2 * timeout_ms);
}

export function longerStall({ stall_timeout_ms, timeout_ms }: JobOptions): string[] {
  const stall_ms = 2 * stall_timeout_ms;
  const attempt_ms = stall_ms >= timeout_ms ? 2 * stall_ms : null;
  return ['--stall-timeout', optionDuration(stall_ms), ...attemptOf(attempt_ms)];
}

/** For either limit of an attempt: all of it, or a wait for a byte, which is none where it is the longer one. */
export function longerTimes(options: JobOptions): string[] {
  const { stall_timeout_ms, timeout_ms } = options;
  if (stall_timeout_ms >= timeout_ms) return longerAttempt(options);
  const stall_ms = 2 * stall_timeout_ms;
  const attempt_ms = 2 * Math.max(timeout_ms, stall_ms);
  return ['--stall-timeout', optionDuration(stall_ms), ...attemptOf(attempt_ms)];
}

export function longerWork({ work_timeout_ms }: JobOptions): string[] {
  return ['--work-timeout', optionDuration(2 * work_timeout_ms)];
}

function attemptOf(ms: number | null): string[] {
  return ms === null ? [] : ['--timeout', optionDuration(ms)];
}

import { InvalidArgumentError } from 'commander';
import { ImgjobError } from './errors.ts';
import { FAILURE_BUDGET } from './options/failure-budget.ts';
import type { JobOptions } from './results/events.ts';

/** What a job does where neither command line nor environment says otherwise. */
export const DEFAULTS: JobOptions = {
  concurrency: 50,
  sleep_ms: 400,
  prefetch: false,
  timeout_ms: 60_000,
  stall_timeout_ms: 15_000,
  connect_timeout_ms: 10_000,
  max_bytes: 50_000_000,
  max_redirects: 5,
  retries: 2,
  retry_delay_ms: 500,
  retry_max_delay_ms: 60_000,
  headers: [],
  user_agent: null,
  cacert: null,
  insecure: false,
  deny_private: false,
  allow_hosts: [],
  deny_hosts: [],
  max_per_host: null,
  rate: null,
  fail_fast: false,
  keep_going: false,
  allow_failures: null,
  work: null,
  work_concurrency: null,
  work_timeout_ms: 60_000,
};

// The longest delay a timer takes: 2^31 − 1 ms, about 24 days.
const MAX_DURATION_MS = 2_147_483_647;

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const AGE_UNITS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZE_UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** `400ms`, `0.4s`, `2m`, `1h` → milliseconds, at least 1. A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string): number {
  const ms = durationOf(text);
  if (ms === 0) throw new InvalidArgumentError('It must be longer than 0.');
  return ms;
}

/** A duration that may be 0; a bare whole number is milliseconds, as the contract has it for this one option. */
export function parseSleep(text: string): number {
  return durationOf(/^\d+$/.test(text) ? `${text}ms` : text);
}

function durationOf(text: string): number {
  if (text === '0') return 0;
  const [, value = '', unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = DURATION_UNITS[unit];
  if (factor === undefined) {
    const hint = /^\d+(\.\d+)?$/.test(text) ? ` Did you mean ${text}s or ${text}ms?` : '';
    throw new InvalidArgumentError(`Expected a duration like 400ms, 0.4s or 2m.${hint}`);
  }
  const ms = Math.round(Number(value) * factor);
  if (ms > MAX_DURATION_MS) throw new InvalidArgumentError('It is longer than 24 days.');
  return ms;
}

/** An age, as `prune` takes it: `30d`, `12h`; in milliseconds, of any length. */
export function parseAge(text: string): number {
  const [, value = '', unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  const factor = AGE_UNITS[unit];
  if (factor === undefined) throw new InvalidArgumentError('Expected an age like 30d, 2w or 12h.');
  return Number(value) * factor;
}

/** `50000`, `50MB`, `50MiB` → bytes, at least 1. Units may be written in any case. */
export function parseSize(text: string): number {
  const [, value = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(value) * (SIZE_UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (value === '' || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError('Expected a size like 50000, 50MB or 50MiB.');
  }
  return bytes;
}

/** A header's name and value. */
export type Header = [name: string, value: string];

// RFC 9110, 5.6.2 (tokens) and 5.5 (field values, here without what is not ASCII).
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*?)[ \t]*$/;
/** What belongs to the connection, and not to whoever uses it (RFC 9110, 7.6.1; 8.6). */
const OWN_HEADERS =
  /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** `Name: value`, as `-H` takes it. */
export function parseHeader(line: string): Header {
  const [, name = '', value = ''] = HEADER.exec(line) ?? [];
  // Not commander's own error, which repeats what was given: it may be secret.
  if (name === '') throw new ImgjobError('usage', "--header: expected 'Name: value'");
  if (OWN_HEADERS.test(name)) throw new ImgjobError('usage', `--header: ${name} can't be set`);
  return [name, value];
}

/** A host's name, or `*.` and the name that others end with; without scheme and port. */
export function parseHostPattern(text: string): string {
  if (text === '*') return text;
  const [, below = '', host = ''] = /^(\*\.)?([^\s/*@:?#]+|\[[0-9a-fA-F:.]+\])$/.exec(text) ?? [];
  // As URLs have it: `bücher.example` and `127.1` have another spelling there.
  const url = `http://${host}/`;
  if (host !== '' && URL.canParse(url)) return below + new URL(url).hostname;
  throw new InvalidArgumentError('Expected a host like cdn.example or *.cdn.example.');
}

const RATE_UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** `20/s`, `100/m` → requests a second. */
export function parseRate(text: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)\/([smh])$/.exec(text) ?? [];
  const rate = Number(count) / (RATE_UNITS[unit] ?? Number.NaN);
  if (!(rate >= 1 / 86_400)) throw new InvalidArgumentError('Expected a rate like 20/s or 100/m.');
  return rate;
}

/** `3`, or `5%` of all: so many failures. */
export function parseFailureBudget(text: string): string {
  if (FAILURE_BUDGET.test(text)) return text;
  throw new InvalidArgumentError('Expected a number of stores like 3, or a share like 5%.');
}

/** `20%` → 0.2. */
export function parseShare(text: string): number {
  const [, percent = ''] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== '') return Number(percent) / 100;
  const hint = /^\d+$/.test(text) ? ` Did you mean ${text}%?` : '';
  throw new InvalidArgumentError(`Expected a share like 20%.${hint}`);
}

/** The value of a header. */
export function parseHeaderValue(text: string): string {
  if (/^[!-~][ -~]*$/.test(text)) return text;
  throw new InvalidArgumentError('Expected plain ASCII text.');
}

/** A whole number between two bounds. */
export function parseCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= least && count <= most)) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return count;
  };
}

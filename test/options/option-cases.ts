import {
  BOUNDS,
  type Bounds,
  MAX_HEADER_NAME,
  MAX_HEADER_VALUE,
  MAX_HEADERS,
  MAX_HOST_NAME,
  MAX_HOST_PATTERNS,
  MAX_PATH,
} from '../../src/options/bounds.ts';
import type { JobOptions } from '../../src/options/job-options.ts';

/**
 * One value of an option: as a command line gives it, and as the library and a
 * journal have it. `argv` is null for what no command line can say.
 */
export type OptionCase = { argv: string[] | null; value: unknown };

/** What an option takes and refuses, at its bounds and next to them. */
export type OptionCases = { takes: OptionCase[]; refuses: OptionCase[] };

const NOT_NUMBERS = [Number.NaN, Infinity, -Infinity, '5', true, [], {}];
const NOT_TEXTS = [5, true, [], {}];
const NOT_LISTS = ['a', 5, {}, null, [5], [null], [['a']]];

const only = (values: unknown[]): OptionCase[] => values.map((value) => ({ argv: null, value }));

/** A number that is written with a unit. */
function number(flag: string, { least, most }: Bounds, unit = '', step = 1): OptionCases {
  const given = (value: number) => ({ argv: [flag, `${value}${unit}`], value });
  return {
    takes: [given(least), given(most)],
    refuses: [
      given(least - step),
      given(most + step),
      { argv: [flag, `1e300${unit}`], value: 1e300 },
      { argv: [flag, `${'9'.repeat(400)}${unit}`], value: Number.POSITIVE_INFINITY },
      given(-1),
      ...only([...NOT_NUMBERS, least + 0.5, null]),
    ],
  };
}

/** A number that may be left open. */
function optional(cases: OptionCases): OptionCases {
  const refuses = cases.refuses.filter(({ value }) => value !== null);
  return { takes: [...cases.takes, ...only([null])], refuses };
}

function flag(name: string): OptionCases {
  const takes = [{ argv: [name], value: true }, ...only([false])];
  return { takes, refuses: only([null, 0, 1, 'true', []]) };
}

function text(name: string, takes: string[], refuses: string[]): OptionCases {
  const given = (value: string) => ({ argv: [name, value], value });
  return {
    takes: [...takes.map(given), ...only([null])],
    refuses: [...refuses.map(given), ...only(NOT_TEXTS)],
  };
}

/** `least` and `most` of so many items. */
function list(
  name: string,
  { most, item, takes, refuses }: Listed<string>,
  line = (value: string) => value,
): OptionCases {
  const given = (value: string[]) => ({
    argv: value.flatMap((one) => [name, line(one)]),
    value,
  });
  const many = (count: number) => Array.from({ length: count }, (_, index) => item(index));
  return {
    takes: [given(many(1)), given(many(most)), ...takes.map((one) => given([one])), ...only([[]])],
    refuses: [given(many(most + 1)), ...refuses.map((one) => given([one])), ...only(NOT_LISTS)],
  };
}

type Listed<T> = { most: number; item(index: number): T; takes: T[]; refuses: T[] };

const PATHS = {
  takes: ['/a/b.pem', `/${'a'.repeat(200)}`],
  refuses: ['', '/'.repeat(MAX_PATH + 1)],
};
const LONGEST_HOST = `${'a.'.repeat((MAX_HOST_NAME - 1) / 2)}a`;
const HOSTS: Listed<string> = {
  most: MAX_HOST_PATTERNS,
  item: (index) => `h${index}.example`,
  takes: ['*', '*.cdn.example', '127.0.0.1', '[::1]', 'localhost', LONGEST_HOST],
  refuses: [
    ...['', ' ', ' localhost', 'localhost ', 'http://localhost', 'localhost:80', 'localhost/x'],
    ...['user@localhost', 'local\\host', 'a\r\nb', 'a\0b', '.', '.example', 'a..example', '*.'],
    ...['*.127.0.0.1', '*.[::1]', '::1', 'a.*', '*a', '999.1.1.1', '[::g]', `${LONGEST_HOST}.a`],
  ],
};
const HEADERS: Listed<string> = {
  most: MAX_HEADERS,
  item: (index) => `x-${index}`,
  takes: ['Accept', 'x'.repeat(MAX_HEADER_NAME)],
  refuses: [
    ...['', ' a', 'a b', 'ä', 'a\r\nb', 'a\0', 'a(', 'x'.repeat(MAX_HEADER_NAME + 1)],
    ...['Host', 'connection', 'Content-Length', 'proxy-authorization', 'TE', 'transfer-encoding'],
  ],
};

/** Every option there is: one that is missing here is a type error, and a failed test. */
export const OPTION_CASES: Record<keyof JobOptions, OptionCases> = {
  concurrency: number('--concurrency', BOUNDS.concurrency),
  sleep_ms: number('--sleep', BOUNDS.sleep_ms, 'ms'),
  prefetch: flag('--prefetch'),
  digest: flag('--digest'),
  save: addNul(text('--save', PATHS.takes, PATHS.refuses)),
  timeout_ms: number('--timeout', BOUNDS.timeout_ms, 'ms'),
  stall_timeout_ms: number('--stall-timeout', BOUNDS.stall_timeout_ms, 'ms'),
  dns_timeout_ms: number('--dns-timeout', BOUNDS.dns_timeout_ms, 'ms'),
  connect_timeout_ms: number('--connect-timeout', BOUNDS.connect_timeout_ms, 'ms'),
  max_bytes: number('--max-bytes', BOUNDS.max_bytes),
  max_redirects: number('--max-redirects', BOUNDS.max_redirects),
  retries: number('--retries', BOUNDS.retries),
  retry_delay_ms: number('--retry-delay', BOUNDS.retry_delay_ms, 'ms'),
  retry_max_delay_ms: number('--retry-max-delay', BOUNDS.retry_max_delay_ms, 'ms'),
  headers: list('--header', HEADERS, (name) => `${name}: value`),
  user_agent: text(
    '--user-agent',
    ['a', 'shelf-audit/2 (a b)', 'a'.repeat(MAX_HEADER_VALUE)],
    ['', ' a', 'a\r\nb', 'a\0', 'ä', '\u001b[31m', 'a'.repeat(MAX_HEADER_VALUE + 1)],
  ),
  cacert: addNul(text('--cacert', PATHS.takes, PATHS.refuses)),
  insecure: flag('--insecure'),
  deny_private: flag('--deny-private'),
  allow_hosts: list('--allow-host', HOSTS),
  deny_hosts: list('--deny-host', HOSTS),
  max_per_host: optional(number('--max-per-host', BOUNDS.max_per_host)),
  rate: {
    takes: [
      { argv: ['--rate', `${BOUNDS.rate.most}/s`], value: BOUNDS.rate.most },
      { argv: ['--rate', '1.5/m'], value: 0.025 },
      ...only([BOUNDS.rate.least, 0.5, null]),
    ],
    refuses: [
      { argv: ['--rate', `${BOUNDS.rate.most + 1}/s`], value: BOUNDS.rate.most + 1 },
      { argv: ['--rate', '0.00001/s'], value: 0.000_01 },
      { argv: ['--rate', `${'9'.repeat(400)}/s`], value: Number.POSITIVE_INFINITY },
      ...[0, -1].map((value) => ({ argv: ['--rate', `${value}/s`], value })),
      ...only(NOT_NUMBERS),
    ],
  },
  fail_fast: flag('--fail-fast'),
  keep_going: flag('--keep-going'),
  allow_failures: text(
    '--allow-failures',
    ['0', '999999999', '0%', '5%', '100%', '99.999999%'],
    ['', '-1', '1.5', '1000000000', '101%', '100.1%', '5 %', '1e3', '5%\n'],
  ),
  work: addNul(text('--work', PATHS.takes, PATHS.refuses)),
  work_concurrency: optional(number('--work-concurrency', BOUNDS.work_concurrency)),
  work_timeout_ms: number('--work-timeout', BOUNDS.work_timeout_ms, 'ms'),
  work_batch: optional(number('--work-batch', BOUNDS.work_batch)),
  work_batch_wait_ms: optional(number('--work-batch-wait', BOUNDS.work_batch_wait_ms, 'ms')),
  work_retries: number('--work-retries', BOUNDS.work_retries),
  work_grace_ms: number('--work-grace', BOUNDS.work_grace_ms, 'ms'),
};

/** No argument of a process can hold one. */
function addNul({ takes, refuses }: OptionCases): OptionCases {
  return { takes, refuses: [...refuses, ...only(['/a\0b'])] };
}

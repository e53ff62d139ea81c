import type { JobOptions } from '../options/job-options.ts';
import type { FaultCode, ImageError } from '../results/results-schema.ts';
import { optionDuration, optionRate, optionSize } from './option-values.ts';

/** A failed image, and the options it was fetched with. */
export type Failure = {
  error: ImageError;
  /** Bytes of its body that came. */
  bytes: number | null;
  /** How many images of its store were skipped because of it. */
  skipped: number;
  options: JobOptions;
};

/** Something that may give another outcome. */
export type Change = {
  what: string;
  /** Options to give, as words of a command line. */
  options: string[];
  /** `run` where the manifest or an option that can't be taken back is to be another one. */
  by: 'resume' | 'run';
};

type Advise = (failure: Failure) => Change[];

const HEADER = ['-H', 'Authorization: …'];

/** What can be changed for each error code; all that concerns HTTP goes by the status. */
const CHANGES: Record<FaultCode, Advise> = {
  'invalid-url': () => [run('correct the URL in the manifest')],
  'unsupported-scheme': ({ error }) =>
    isRedirected(error)
      ? [run('have the redirect corrected, or the manifest name where the image is')]
      : [run('correct the URL in the manifest')],
  'blocked-address': adviseOnBlocked,
  dns: ({ error }) =>
    error.message.includes('lookup failed')
      ? [resume('try again when the name server answers')]
      : [run('check the host’s name, and correct the URL in the manifest')],
  connect: adviseOnConnect,
  tls: adviseOnTls,
  timeout: adviseOnTimeout,
  'http-status': (failure) => adviseOnStatus(failure),
  'too-many-redirects': ({ options }) => [
    resume('see where it leads, or follow more redirects', ...moreRedirects(options)),
  ],
  disconnected: adviseOnBroken,
  truncated: adviseOnBroken,
  'too-large': ({ error, bytes, options }) =>
    error.message.includes('headers')
      ? [resume('have the server send smaller headers')]
      : [resume('allow larger images', '--max-bytes', largerSize(options, bytes))],
  'empty-body': adviseOnFile,
  'unsupported-format': adviseOnFile,
  'corrupt-image': adviseOnFile,
  'no-dimensions': adviseOnFile,
  work: ({ error, options }) =>
    error.message.startsWith('not done within')
      ? [resume('allow the work more time', '--work-timeout', twice(options.work_timeout_ms))]
      : [resume('see to what the work says, and do it again')],
  internal: () => [resume('report it, please; then try again')],
};

/** What may change the outcome of a failed image, the likeliest first. */
export function adviseOn(failure: Failure): Change[] {
  return [...CHANGES[failure.error.code](failure), ...adviseOnSkipped(failure)];
}

/** What may change the outcome of an image that was skipped because of another one. */
export function adviseOnSkipped({ skipped, options }: Omit<Failure, 'error' | 'bytes'>): Change[] {
  if (skipped === 0 || options.keep_going) return [];
  return [resume('work on the other images of its store all the same', '--keep-going')];
}

function resume(what: string, ...options: string[]): Change {
  return { what, options, by: 'resume' };
}

function run(what: string, ...options: string[]): Change {
  return { what, options, by: 'run' };
}

function adviseOnFile(): Change[] {
  return [resume('have the file replaced')];
}

/** What the options forbid; a resume can add to them, and not take back. */
function adviseOnBlocked({ error, options }: Failure): Change[] {
  if (error.message.includes('--deny-host')) return [run('leave out the --deny-host it matches')];
  if (!error.message.includes('--allow-host')) return [run('leave out --deny-private')];
  const name = error.host?.replace(/:\d+$/, '');
  const hosts = name === undefined ? options.allow_hosts : [...options.allow_hosts, name];
  return [resume('allow its host too', ...hosts.flatMap((host) => ['--allow-host', host]))];
}

function adviseOnConnect(failure: Failure): Change[] {
  const { error, options } = failure;
  if (error.message.includes('407')) return [proxyPassword()];
  if (error.message.includes('open files')) return [resume('fewer at once', ...fewer(options))];
  const isLate = error.message.includes('could not connect within');
  if (!isLate) return [resume('see whether the host is up, or try more often', ...more(options))];
  const connect_ms = 2 * Math.min(options.connect_timeout_ms, options.timeout_ms);
  // A connection takes at most nine tenths of its attempt.
  const attempt = connect_ms > 0.9 * options.timeout_ms ? ['--timeout', twice(connect_ms)] : [];
  const connect = ['--connect-timeout', optionDuration(connect_ms)];
  return [resume('see whether the host is up, or allow it more time', ...connect, ...attempt)];
}

function adviseOnTls({ error, options }: Failure): Change[] {
  if (error.message.includes('does not speak TLS')) {
    return [run('correct the URL in the manifest: this port may want http:')];
  }
  if (options.insecure) return [resume('have the server’s TLS corrected')];
  return [
    resume('trust the authority that signed its certificate', '--cacert', 'FILE'),
    resume('or accept any certificate, also a forged one', '--insecure'),
  ];
}

/** The two limits of an attempt (image/attempt.ts): all of it, and no byte for long. */
function adviseOnTimeout({ error, options }: Failure): Change[] {
  // The message has the limit that held then; the options are those of the last run.
  const told = /(?:no data for|not complete after) ([\d.]+) s/.exec(error.message)?.[1];
  const limit = (otherwise: number) => (told === undefined ? otherwise : Number(told) * 1000);
  if (!error.message.includes('no data for')) {
    return [resume('allow an attempt more time', '--timeout', twice(limit(options.timeout_ms)))];
  }
  const stall_ms = 2 * limit(options.stall_timeout_ms);
  const attempt = stall_ms >= options.timeout_ms ? ['--timeout', twice(stall_ms)] : [];
  const stall = ['--stall-timeout', optionDuration(stall_ms)];
  return [resume('wait longer for the next byte', ...stall, ...attempt)];
}

function adviseOnBroken({ options }: Failure): Change[] {
  const words = [...more(options), ...fewer(options)];
  return [resume('try more often, with fewer stores at once', ...words)];
}

function adviseOnStatus({ error, options }: Failure): Change[] {
  const status = error.http_status ?? 0;
  if (status === 401 || status === 403) return [resume('send what the server asks for', ...HEADER)];
  if (status === 407) return [proxyPassword()];
  if (status === 404 || status === 410) return [run('correct the URL in the manifest')];
  if (status === 429 || status === 503) {
    return [resume('ask the host less often', ...gentler(options), ...more(options))];
  }
  if (status >= 500 || status === 408 || status === 425) {
    return [resume('try more often', ...more(options))];
  }
  if (status >= 300 && status < 400) return [run('correct the URL in the manifest')];
  return [resume('see why the server refuses it')];
}

function proxyPassword(): Change {
  return resume('put the proxy’s user name and password into HTTP_PROXY or HTTPS_PROXY');
}

function more({ retries }: JobOptions): string[] {
  return ['--retries', String(Math.min(100, Math.max(5, 2 * retries)))];
}

function moreRedirects({ max_redirects }: JobOptions): string[] {
  return ['--max-redirects', String(Math.min(100, Math.max(5, 2 * max_redirects)))];
}

function fewer({ concurrency }: JobOptions): string[] {
  return ['--concurrency', String(Math.max(1, Math.floor(concurrency / 2)))];
}

function gentler({ max_per_host, rate }: JobOptions): string[] {
  const requests = max_per_host === null ? 4 : Math.max(1, Math.floor(max_per_host / 2));
  const words = ['--max-per-host', String(requests)];
  return [...words, '--rate', optionRate(rate === null ? 10 : rate / 2)];
}

function largerSize({ max_bytes }: JobOptions, bytes: number | null): string {
  return optionSize(2 * Math.max(max_bytes, bytes ?? 0));
}

function twice(ms: number): string {
  return optionDuration(2 * ms);
}

/** What lies behind a redirect is not what the manifest names. */
function isRedirected({ message }: ImageError): boolean {
  return message.startsWith('redirected: ');
}

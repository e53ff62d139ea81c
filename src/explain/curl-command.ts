import type { JobOptions } from '../options/job-options.ts';
import { parseUrl } from '../parse-url.ts';
import { showUrl } from '../terminal/prose.ts';
import { headerWord, shellWord, type Word } from '../terminal/shell-word.ts';

export type CurlRequest = {
  url: string;
  /** A command that prints the URL, for one that must not be shown. */
  urlCommand: string;
  options: JobOptions;
  /** What imgjob calls itself where the options name nothing else. */
  user_agent: string;
};

const REPORT = '%{http_code}, %{size_download} B in %{time_total} s\\n';
/** As imgjob asks for images (download/request-headers.ts). */
const ACCEPT = 'image/*,*/*;q=0.8';

/**
 * A curl command that repeats a request as imgjob makes it, with the limits of
 * its options; it prints status, bytes and time. The largest size is left out,
 * so that it tells how large an image is. The values of headers are not kept:
 * they must be filled in. Null for what curl, as imgjob, has nothing to ask for.
 */
export function curlCommand({ url, urlCommand, options, user_agent }: CurlRequest): string | null {
  const target = fetchable(url);
  if (!target) return null;
  // Credentials and queries are shown nowhere.
  const isShown = showUrl(target) === target;
  const own = new Set(options.headers.map((name) => name.toLowerCase()));
  const words: Word[] = [
    ...['curl', '-fsSL', '--globoff', '--proto', '=http,https'],
    ...['--max-redirs', String(options.max_redirects), '-b', ''],
    ...['--connect-timeout', seconds(options.connect_timeout_ms)],
    ...['--max-time', seconds(options.timeout_ms)],
    ...stallLimit(options),
    ...(options.insecure ? ['-k'] : []),
    ...(options.cacert === null ? [] : ['--cacert', options.cacert]),
    ...(own.has('user-agent') ? [] : ['-A', options.user_agent ?? user_agent]),
    ...(own.has('accept') ? [] : ['-H', `Accept: ${ACCEPT}`]),
    ...options.headers.flatMap((name) => ['-H', headerWord(name)]),
    ...['-o', '/dev/null', '-w', REPORT],
  ];
  const last = isShown ? shellWord(target) : `"$(${urlCommand})"`;
  return [...words.map(shellWord), last].join(' ');
}

/** The URL as it goes out, without its fragment, which no server sees; null where nothing goes out. */
function fetchable(url: string): string | null {
  const target = parseUrl(url);
  if (!target || !/^https?:$/.test(target.protocol)) return null;
  target.hash = '';
  return target.href;
}

/** Less than a byte a second for so long; curl takes whole seconds. */
function stallLimit({ stall_timeout_ms, timeout_ms }: JobOptions): string[] {
  if (stall_timeout_ms >= timeout_ms) return [];
  return ['--speed-limit', '1', '--speed-time', String(Math.ceil(stall_timeout_ms / 1000))];
}

function seconds(ms: number): string {
  return String(ms / 1000);
}

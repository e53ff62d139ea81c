import { Agent } from 'undici';
import { onAbort } from '../abort.ts';
import type { BodySink, DownloadOptions, Effects, Fault, Received } from '../job/effects.ts';
import { exchange } from './exchange.ts';
import { parseTarget } from './target.ts';

export type DownloaderOptions = {
  /** Most connections to one origin. */
  concurrency: number;
  /** Milliseconds for one attempt, redirects included. */
  timeout_ms: number;
  connect_timeout_ms: number;
  /** Most bytes of a body, as it comes and decoded. */
  max_bytes: number;
  max_redirects: number;
  user_agent: string;
};

export type Downloader = {
  download: Effects['download'];
  /** Closes all connections at once. */
  close(): Promise<void>;
};

/** Downloads over one pool of kept-alive connections that all jobs share. */
export function createDownloader(options: DownloaderOptions): Downloader {
  const agent = new Agent({
    connections: options.concurrency,
    connect: { timeout: options.connect_timeout_ms },
  });

  /** One attempt with its deadline: resolves at the latest when the time is over or the signal aborted. */
  function download(url: string, sink: BodySink, { signal, onBytes, onHost }: DownloadOptions) {
    const attempt = createAttempt();
    const seconds = options.timeout_ms / 1000;
    const timer = setTimeout(
      () => attempt.stop('timeout', `not complete after ${seconds} s`),
      options.timeout_ms,
    );
    const forget = onAbort(signal, () => attempt.stop('disconnected', 'stopped'));
    return follow(url, sink, onBytes, (host, breakOff) => {
      onHost(host);
      attempt.watch(host, breakOff);
    }).finally(() => {
      clearTimeout(timer);
      forget();
    });
  }

  async function follow(
    url: string,
    sink: BodySink,
    onBytes: (count: number) => void,
    onStart: (host: string, breakOff: (fault: Fault) => void) => void,
  ): Promise<Received | Fault> {
    let target = parseTarget(url);
    let authorization: string | null = null;
    for (let redirects = 0; ; redirects += 1) {
      if ('code' in target) return target;
      const { host } = target;
      authorization = basicAuthorization(target) ?? authorization;
      const outcome = await exchange(target, {
        ...options,
        agent,
        headers: requestHeaders(options.user_agent, authorization),
        sink,
        onBytes,
        onStart: (breakOff) => onStart(host, breakOff),
      });
      if (!('location' in outcome)) return outcome;
      if (redirects === options.max_redirects) {
        return tooManyRedirects(options.max_redirects, host);
      }
      const next = parseTarget(outcome.location, target);
      if ('code' in next) return { ...next, message: `redirected: ${next.message}`, host };
      if (next.origin !== target.origin) authorization = null;
      target = next;
    }
  }

  return { download, close: () => agent.destroy() };
}

/** Lets a deadline or a signal break off whatever exchange an attempt is in. */
function createAttempt() {
  let stopped: Pick<Fault, 'code' | 'message'> | null = null;
  let breakOff: ((fault: Fault) => void) | null = null;
  let host: string | null = null;
  const apply = () => {
    if (stopped) breakOff?.({ ...stopped, http_status: null, host });
  };
  return {
    stop(code: Fault['code'], message: string) {
      stopped = { code, message };
      apply();
    },
    watch(nextHost: string, nextBreakOff: (fault: Fault) => void) {
      host = nextHost;
      breakOff = nextBreakOff;
      apply();
    },
  };
}

function requestHeaders(user_agent: string, authorization: string | null): Record<string, string> {
  return {
    'user-agent': user_agent,
    accept: 'image/*,*/*;q=0.8',
    'accept-encoding': 'identity',
    ...(authorization ? { authorization } : {}),
  };
}

/** A URL's own user name and password, as curl and browsers send them (RFC 7617). */
function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = `${decode(username)}:${decode(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tooManyRedirects(max_redirects: number, host: string): Fault {
  const message = `more than ${max_redirects} redirects`;
  return { code: 'too-many-redirects', message, http_status: null, host };
}

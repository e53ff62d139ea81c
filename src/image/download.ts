import { Agent } from 'undici';
import { onAbort } from '../abort.ts';
import type { BodySink, DownloadOptions, Effects, Fault, Received } from '../job/effects.ts';
import { createConnector } from './connector.ts';
import { exchange, type Outcome } from './exchange.ts';
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
  // An attempt that is over while it still connects would block a connection for the next one.
  const connect_timeout_ms = Math.min(options.connect_timeout_ms, options.timeout_ms * 0.9);
  const connector = createConnector(connect_timeout_ms);
  const agent = new Agent({ connections: options.concurrency, connect: connector.connect });

  /** One attempt with its deadline: resolves at the latest when the time is over or the signal aborted. */
  function download(url: string, sink: BodySink, { signal, onBytes, onHost }: DownloadOptions) {
    const attempt = createAttempt();
    const seconds = options.timeout_ms / 1000;
    const timer = setTimeout(
      () => attempt.stop('timeout', `not complete after ${seconds} s`),
      options.timeout_ms,
    );
    const forget = onAbort(signal, () => attempt.stop('disconnected', 'stopped'));
    return follow(url, sink, onBytes, (host, stop) => {
      onHost(host);
      attempt.watch(stop);
    }).finally(() => {
      clearTimeout(timer);
      forget();
    });
  }

  async function follow(
    url: string,
    sink: BodySink,
    onBytes: (count: number) => void,
    onStart: (host: string, stop: (stop: Stop) => void) => void,
  ): Promise<Received | Fault> {
    let target = parseTarget(url);
    let authorization: string | null = null;
    for (let redirects = 0; ; redirects += 1) {
      if ('code' in target) return target;
      const { host } = target;
      authorization = basicAuthorization(target) ?? authorization;
      const request = {
        ...options,
        connect_timeout_ms,
        agent,
        headers: requestHeaders(options.user_agent, authorization),
        sink,
        onBytes,
        onStart: (stop: (stop: Stop) => void) => onStart(host, stop),
      };
      let outcome = await exchange(target, request);
      if (closedBeforeAnswer(outcome)) outcome = await exchange(target, request);
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

  async function close(): Promise<void> {
    const destroyed = agent.destroy();
    connector.close();
    await destroyed;
  }

  return { download, close };
}

type Stop = Pick<Fault, 'code' | 'message'>;

/**
 * Whether the connection ended before a byte of the answer: a server may close
 * a kept-alive one just as the next request goes out. Clients ask once more
 * then (RFC 9112, 9.3.1); it is not another attempt.
 */
function closedBeforeAnswer(outcome: Outcome): boolean {
  return 'code' in outcome && outcome.code === 'disconnected' && outcome.http_status === null;
}

/** Lets a deadline or a signal end whatever exchange an attempt is in. */
function createAttempt() {
  let stopped: Stop | null = null;
  let stopExchange: ((stop: Stop) => void) | null = null;
  return {
    stop(code: Fault['code'], message: string) {
      stopped = { code, message };
      stopExchange?.(stopped);
    },
    watch(stopNext: (stop: Stop) => void) {
      stopExchange = stopNext;
      if (stopped) stopNext(stopped);
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

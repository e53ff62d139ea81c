import {
  type BodySink,
  type DownloadOptions,
  type Effects,
  type Fault,
  isRetryable,
  type Received,
} from '../job/effects.ts';
import { whyPrivateName } from './address-rules.ts';
import { type Attempt, beginAttempt } from './attempt.ts';
import type { Connection } from './connections.ts';
import { exchange, type Outcome } from './exchange.ts';
import { createHostLimiter, type HostLimiterOptions } from './host-limiter.ts';
import { createHostRules, type HostRuleOptions } from './host-rules.ts';
import { createRequestHeaders, type HeaderOptions } from './request-headers.ts';
import { createRequests, type RequestsOptions } from './requests.ts';
import { markRetryable } from './retryable.ts';
import { parseTarget } from './target.ts';

export type DownloaderOptions = RequestsOptions &
  HostLimiterOptions &
  HostRuleOptions &
  HeaderOptions & {
    /** Milliseconds for one attempt, redirects included. */
    timeout_ms: number;
    /** Milliseconds without a byte, once connected. */
    stall_timeout_ms: number;
    /** Most bytes of a body, as it comes and decoded. */
    max_bytes: number;
    max_redirects: number;
    /** The longest that one answer may slow its host down. */
    retry_max_delay_ms: number;
  };

export type Downloader = {
  download: Effects['download'];
  /** Closes all connections at once. */
  close(): Promise<void>;
};

/** How long a host is left alone that has had too many requests, where it does not say. */
const TOO_MANY_MS = 1000;

/** Downloads over kept-alive connections that all jobs share. */
export function createDownloader(options: DownloaderOptions): Downloader {
  // An attempt that is over while it still connects would keep a connection that is of no use.
  const connect_timeout_ms = Math.min(options.connect_timeout_ms, options.timeout_ms * 0.9);
  const { max_bytes, max_redirects } = options;
  const limits = { connect_timeout_ms, max_bytes };
  const { take, close, isProxied } = createRequests({ ...options, connect_timeout_ms });
  const limiter = createHostLimiter(options);
  const whyRefused = createHostRules(options);
  const headersOf = createRequestHeaders(options);

  /** One attempt: resolves at the latest when its time is over or the signal aborted. */
  async function download(url: string, sink: BodySink, hooks: DownloadOptions) {
    const attempt = beginAttempt(options, hooks.signal);
    const nextHeaders = headersOf();
    let target = parseTarget(url);
    try {
      for (let redirects = 0; ; redirects += 1) {
        if ('code' in target) return target;
        const outcome: Outcome =
          refuse(target) ?? (await ask(target, nextHeaders(target), { sink, hooks, attempt }));
        if (!('location' in outcome)) return redirects > 0 ? redirected(outcome) : outcome;
        const { location, http_status } = outcome;
        const { host } = target;
        if (redirects === max_redirects) {
          const message = `more than ${max_redirects} redirects`;
          return { code: 'too-many-redirects' as const, message, http_status, host };
        }
        const next = parseTarget(location, target);
        if ('code' in next) return redirected({ ...next, http_status, host });
        target = next;
      }
    } finally {
      attempt.end();
    }
  }

  /** The rules on hosts, at every hop; those on addresses too where the connection is a proxy's. */
  function refuse({ host, hostname }: URL): Fault | null {
    const isSpelled = options.deny_private && isProxied;
    const why = whyRefused(hostname) ?? (isSpelled ? whyPrivateName(hostname) : null);
    return why ? { code: 'blocked-address', message: why, http_status: null, host } : null;
  }

  /** One hop: waits for its host and a connection, then asks; the waits are no time of the attempt. */
  async function ask(target: URL, headers: Record<string, string>, hop: Hop): Promise<Outcome> {
    const { attempt, hooks } = hop;
    const name = hostName(target);
    const entering = limiter.enter(name, hooks.signal);
    const leave =
      entering instanceof Promise ? await attempt.pauseFor(entering, hooks.onWait) : entering;
    try {
      let outcome = await exchangeOnce(target, headers, hop);
      // A server may close a kept-alive connection just as the next request goes out.
      // Clients ask once more then (RFC 9112, 9.3.1); it is not another attempt.
      if ('unanswered' in outcome) outcome = await exchangeOnce(target, headers, hop);
      if ('code' in outcome) outcome = markRetryable(outcome);
      slowDown(name, outcome);
      return outcome;
    } finally {
      leave();
    }
  }

  function exchangeOnce(
    target: URL,
    headers: Record<string, string>,
    { sink, hooks, attempt }: Hop,
  ): Promise<Outcome> {
    const { onBytes, onHost, onWait } = hooks;
    const begin = (connection: Connection) =>
      exchange(target, { connection, headers, limits, sink, onBytes, attempt });
    onHost(target.host);
    const taking = take(target.origin);
    return taking instanceof Promise ? attempt.pauseFor(taking, onWait).then(begin) : begin(taking);
  }

  /** A host that has had enough, or says when it can again, is left alone by all. */
  function slowDown(name: string, outcome: Outcome): void {
    if (!('code' in outcome) || !isRetryable(outcome)) return;
    const asked = outcome.retry_after_ms ?? (outcome.http_status === 429 ? TOO_MANY_MS : 0);
    if (asked > 0) limiter.slowDown(name, Math.min(asked, options.retry_max_delay_ms));
  }

  return { download, close };
}

type Hop = { sink: BodySink; hooks: DownloadOptions; attempt: Attempt };

/** All ports of a host are one machine's, mostly. */
function hostName({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

/** The URL that is shown with a fault is the manifest's: this one came from another. */
function redirected<Outcome extends Received | Fault>(outcome: Outcome): Outcome {
  return 'code' in outcome ? { ...outcome, message: `redirected: ${outcome.message}` } : outcome;
}

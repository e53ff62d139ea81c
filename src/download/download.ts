import {
  createFault,
  type Fault,
  type FetchHooks,
  isRetryable,
  type RetryableFault,
} from '../job/effects.ts';
import { whyPrivateName } from './address-rules.ts';
import { type Attempt, beginAttempt } from './attempt.ts';
import type { Connection } from './connections.ts';
import { type CookieJar, createCookieJar } from './cookies.ts';
import { type BodySink, exchange, type Outcome, type Received } from './exchange.ts';
import type { HostEntrance, HostLimits } from './host-limiter.ts';
import { createHostRules, type HostRuleOptions, type Refusal } from './host-rules.ts';
import { createRequestHeaders, type HeaderOptions } from './request-headers.ts';
import type { Requests, RequestsOptions } from './requests.ts';
import { markRetryable } from './retryable.ts';
import type { SloppyOrigins } from './sloppy-origins.ts';
import { parseLocation, parseTarget } from './target.ts';

export type DownloadOptions = RequestsOptions &
  HostLimits &
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

/** One attempt. Never rejects for what a server or a network does: faults are values. */
export type Download = (
  url: string,
  sink: BodySink,
  hooks: FetchHooks,
) => Promise<Received | Fault | RetryableFault>;

export type Downloader = {
  download: Download;
  /** Gives back what it uses; the last one to do so closes the connections at once. */
  close(): Promise<void>;
};

/** What a downloader shares with others: how hosts are reached, when they may be asked, and which answer sloppily. */
export type DownloadShare = {
  requests: Requests;
  entrance: HostEntrance;
  sloppy: SloppyOrigins;
};

/** How long a host is left alone that has had too many requests, where it does not say. */
const TOO_MANY_MS = 1000;

/** Downloads over kept-alive connections that all jobs share. */
export function createDownloader(
  options: DownloadOptions,
  { requests: { take, isProxied }, entrance, sloppy }: DownloadShare,
): Download {
  const { max_bytes, max_redirects, connect_timeout_ms } = options;
  const limits = { connect_timeout_ms, max_bytes };
  const refusalOf = createHostRules(options);
  const headersOf = createRequestHeaders(options);

  /** One attempt: resolves at the latest when its time is over or the signal aborted. */
  async function download(url: string, sink: BodySink, hooks: FetchHooks) {
    const attempt = beginAttempt(options, hooks.signal);
    const nextHeaders = headersOf();
    let target = parseTarget(url);
    let cookies: CookieJar | null = null;
    try {
      for (let redirects = 0; ; redirects += 1) {
        if ('code' in target) return target;
        const headers = nextHeaders(target, cookies?.headerFor(target) ?? null);
        const outcome: Outcome =
          refuse(target) ?? (await ask(target, headers, { sink, hooks, attempt }));
        if (!('location' in outcome)) return redirects > 0 ? redirected(outcome) : outcome;
        const { location, http_status } = outcome;
        const { host } = target;
        if (redirects === max_redirects) {
          const message = `more than ${max_redirects} redirects`;
          return { ...createFault('too-many-redirects', message), http_status, host };
        }
        if (outcome.cookies.length > 0) {
          cookies ??= createCookieJar();
          cookies.store(outcome.cookies, target);
        }
        const next = parseLocation(location, target);
        if ('code' in next) return redirected({ ...next, http_status, host });
        target = next;
      }
    } finally {
      attempt.end();
    }
  }

  /** The rules on hosts, at every hop; those on addresses too where the connection is a proxy's. */
  function refuse(target: URL): Fault | null {
    const refusal = refusalOf(target.hostname) ?? privateName(target);
    return refusal && { code: 'blocked-address', ...refusal, http_status: null, host: target.host };
  }

  function privateName(target: URL): Refusal | null {
    const isBlind = options.deny_private && isProxied(target);
    const why = isBlind ? whyPrivateName(target.hostname) : null;
    return why === null ? null : { reason: 'private-address', message: why };
  }

  /** One hop: waits for its host and a connection, then asks; the waits are no time of the attempt. */
  async function ask(target: URL, headers: Record<string, string>, hop: Hop): Promise<Outcome> {
    const { attempt, hooks } = hop;
    const name = hostName(target);
    const entering = entrance.enter(name, hooks.signal);
    const leave =
      entering instanceof Promise ? await attempt.pauseFor(entering, hooks.onWait) : entering;
    try {
      let outcome = await exchangeOnce(target, headers, hop);
      // A server may close a kept-alive connection just as the next request goes out.
      // Clients ask once more then (RFC 9112, 9.3.1); it is not another attempt. Nor is
      // it another where the answer is not quite HTTP and is read leniently.
      if ('again' in outcome) outcome = await askAgain(outcome.again, target, headers, hop);
      if ('code' in outcome) outcome = markRetryable(outcome);
      slowDown(name, outcome);
      return outcome;
    } finally {
      leave();
    }
  }

  async function askAgain(
    why: 'unanswered' | 'unreadable',
    target: URL,
    headers: Record<string, string>,
    hop: Hop,
  ): Promise<Outcome> {
    const outcome = await exchangeOnce(target, headers, hop, true);
    if (why === 'unreadable' && !('again' in outcome)) sloppy.add(target.origin);
    return outcome;
  }

  function exchangeOnce(
    target: URL,
    headers: Record<string, string>,
    { sink, hooks, attempt }: Hop,
    isLenient = sloppy.has(target.origin),
  ): Promise<Outcome> {
    const { onBytes, onHost, onWait } = hooks;
    const begin = (connection: Connection) => {
      if (isLenient) connection.beLenient();
      return exchange(target, { connection, headers, limits, sink, onBytes, attempt });
    };
    onHost(target.host);
    const taking = take(target);
    return taking instanceof Promise ? attempt.pauseFor(taking, onWait).then(begin) : begin(taking);
  }

  /** A host that has had enough, or says when it can again, is left alone by all. */
  function slowDown(name: string, outcome: Outcome): void {
    if (!('code' in outcome) || !isRetryable(outcome)) return;
    const asked = outcome.retry_after_ms ?? (outcome.http_status === 429 ? TOO_MANY_MS : 0);
    if (asked > 0) entrance.slowDown(name, Math.min(asked, options.retry_max_delay_ms));
  }

  return download;
}

type Hop = { sink: BodySink; hooks: FetchHooks; attempt: Attempt };

/** All ports of a host are one machine's, mostly. */
function hostName({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

/** The URL that is shown with a fault is the manifest's: this one came from another. */
function redirected<Outcome extends Received | Fault>(outcome: Outcome): Outcome {
  return 'code' in outcome ? { ...outcome, message: `redirected: ${outcome.message}` } : outcome;
}

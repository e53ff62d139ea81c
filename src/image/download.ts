import { onAbort } from '../abort.ts';
import {
  type BodySink,
  type DownloadOptions,
  type Effects,
  type Fault,
  isTransient,
  type Received,
  type TransientFault,
} from '../job/effects.ts';
import { whyPrivateName } from './address-rules.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { createDispatcher, type DispatcherOptions } from './dispatcher.ts';
import { type Exchange, exchange, type Outcome } from './exchange.ts';
import { createHostGate, type HostGateOptions } from './host-gate.ts';
import { createHostRules, type HostRuleOptions } from './host-rules.ts';
import { createRequestHeaders, type HeaderOptions } from './request-headers.ts';
import { parseTarget } from './target.ts';
import { markTransient } from './transient.ts';

export type DownloaderOptions = DispatcherOptions &
  HostGateOptions &
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

/** Downloads over one pool of kept-alive connections that all jobs share. */
export function createDownloader(options: DownloaderOptions): Downloader {
  // An attempt that is over while it still connects would block a connection for the next one.
  const connect_timeout_ms = Math.min(options.connect_timeout_ms, options.timeout_ms * 0.9);
  const { dispatcher, connector, isProxied } = createDispatcher({ ...options, connect_timeout_ms });
  const gate = createHostGate(options);
  const whyRefused = createHostRules(options);
  const headersOf = createRequestHeaders(options);

  /** One attempt with its deadline: resolves at the latest when the time is over or the signal aborted. */
  function download(url: string, sink: BodySink, callbacks: DownloadOptions) {
    const attempt = createAttempt();
    const seconds = options.timeout_ms / 1000;
    const deadline = createDeadline(options.timeout_ms, () =>
      attempt.stop('timeout', `not complete after ${seconds} s`),
    );
    const forget = onAbort(callbacks.signal, () => attempt.stop('disconnected', 'stopped'));
    return follow(url, sink, { ...callbacks, attempt, deadline })
      .then((outcome) => ('code' in outcome ? markTransient(outcome) : outcome))
      .finally(() => {
        deadline.clear();
        forget();
      });
  }

  async function follow(
    url: string,
    sink: BodySink,
    hop: DownloadOptions & Hop,
  ): Promise<Received | Fault | TransientFault> {
    const nextHeaders = headersOf();
    let target = parseTarget(url);
    for (let redirects = 0; ; redirects += 1) {
      if ('code' in target) return target;
      const { host } = target;
      const outcome = refuse(target) ?? (await ask(target, nextHeaders(target), sink, hop));
      if (!('location' in outcome)) return redirects > 0 ? redirected(outcome) : outcome;
      const { location, http_status } = outcome;
      if (redirects === options.max_redirects) {
        const message = `more than ${options.max_redirects} redirects`;
        return { code: 'too-many-redirects', message, http_status, host };
      }
      const next = parseTarget(location, target);
      if ('code' in next) return redirected({ ...next, http_status, host });
      target = next;
    }
  }

  /** The rules on hosts, at every hop; those on addresses too where the connection is a proxy's. */
  function refuse({ host, hostname }: URL): Fault | null {
    const isSpelled = options.deny_private && isProxied;
    const why = whyRefused(hostname) ?? (isSpelled ? whyPrivateName(hostname) : null);
    return why ? { code: 'blocked-address', message: why, http_status: null, host } : null;
  }

  /** One hop: waits for its host, then asks; the wait is no time of the attempt. */
  async function ask(
    target: URL,
    headers: Record<string, string>,
    sink: BodySink,
    { signal, onBytes, onHost, onWait, attempt, deadline }: DownloadOptions & Hop,
  ): Promise<Outcome> {
    const { host } = target;
    const entering = gate.enter(gateName(target), signal);
    const leave =
      entering instanceof Promise ? await deadline.pauseFor(entering, onWait) : entering;
    const onStart = (stop: (stop: Stop) => void) => {
      onHost(host);
      attempt.watch(stop);
    };
    const { max_bytes, stall_timeout_ms } = options;
    const limits = { connect_timeout_ms, stall_timeout_ms, max_bytes };
    const request: Exchange = { dispatcher, headers, limits, sink, onBytes, onStart };
    try {
      let outcome = await exchange(target, request);
      // A server may close a kept-alive connection just as the next request goes out.
      // Clients ask once more then (RFC 9112, 9.3.1); it is not another attempt.
      if ('unanswered' in outcome) outcome = await exchange(target, request);
      slowDown(gateName(target), outcome);
      return outcome;
    } finally {
      leave();
    }
  }

  /** A host that has had enough, or says when it can again, is left alone by all. */
  function slowDown(name: string, outcome: Outcome): void {
    if (!('code' in outcome) || !isTransient(outcome)) return;
    const asked = outcome.retry_after_ms ?? (outcome.http_status === 429 ? TOO_MANY_MS : 0);
    if (asked > 0) gate.slowDown(name, Math.min(asked, options.retry_max_delay_ms));
  }

  async function close(): Promise<void> {
    const destroyed = dispatcher.destroy();
    connector.close();
    await destroyed;
  }

  return { download, close };
}

/** All ports of a host are one machine's, mostly. */
function gateName({ hostname }: URL): string {
  return hostname.replace(/\.$/, '');
}

type Stop = Pick<Fault, 'code' | 'message'>;
type Attempt = ReturnType<typeof createAttempt>;
type Hop = { attempt: Attempt; deadline: Deadline };

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

/** The URL that is shown with a fault is the manifest's: this one came from another. */
function redirected<Outcome extends Received | Fault>(outcome: Outcome): Outcome {
  return 'code' in outcome ? { ...outcome, message: `redirected: ${outcome.message}` } : outcome;
}

import { findBadResponse } from '../answers/bad-response.ts';
import { RESET } from '../answers/reset.ts';
import { messageOf, systemCode } from '../errors.ts';
import type { Fault, RetryableFault } from '../job/effects.ts';
import type { ReasonOf } from '../results/reasons.ts';
import type { FaultCode } from '../results/results-schema.ts';
import { showText } from '../terminal/prose.ts';
import { BlockedAddressError, NameError } from './connector.ts';
import { ProxyRefusalError } from './tunnel.ts';

/** How far a response had come when its connection failed. */
export type ResponseProgress = {
  host: string;
  /** Null before the response's headers. */
  http_status: number | null;
  received: number;
  /** The Content-Length, where there was one. */
  expected: number | null;
  connect_timeout_ms: number;
};

type Kind = Pick<Fault, 'code' | 'reason' | 'message'>;

function kind<Code extends FaultCode>(
  code: Code,
  reason: ReasonOf<Code> | null,
  message: string,
): Kind {
  return { code, reason, message };
}

const BY_CODE: Record<string, Kind> = {
  ENOTFOUND: kind('dns', 'host-not-found', 'host not found'),
  ECONNREFUSED: kind('connect', 'refused', 'connection refused'),
  EHOSTUNREACH: kind('connect', 'unreachable', 'no route to the host'),
  ENETUNREACH: kind('connect', 'unreachable', 'the network is unreachable'),
  EADDRNOTAVAIL: kind('connect', 'no-local-address', 'no local address is left to connect from'),
  ETIMEDOUT: kind('connect', 'system-timeout', 'the connection timed out'),
  EACCES: kind('connect', 'not-permitted', 'the system does not allow this connection'),
  EPERM: kind('connect', 'not-permitted', 'the system does not allow this connection'),
  EMFILE: kind('connect', 'open-files', 'too many open files (raise `ulimit -n` or lower -c)'),
  ENFILE: kind('connect', 'open-files', 'the system has too many open files'),
  ECONNRESET: kind('disconnected', 'reset', 'the connection was reset'),
  [RESET]: kind('disconnected', 'reset', 'the connection was reset'),
  EPIPE: kind('disconnected', 'closed', 'the connection was closed'),
  UND_ERR_SOCKET: kind('disconnected', 'closed', 'the connection ended without an answer'),
  UND_ERR_HEADERS_OVERFLOW: kind(
    'too-large',
    'headers-too-large',
    'the response headers are too large',
  ),
};

// What ends a body early: a clean close, and the two ways undici says so for a counted body.
const CUT_BODY = /^(UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_INVALID_EOF_STATE)$/;
// OpenSSL's texts for these carry addresses, other ones in each run.
const HANDSHAKE = /^(ERR_SSL_|ERR_OSSL_|EPROTO$)/;
const TLS = /^(ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_)/;
const CERTIFICATES: [codes: RegExp, reason: ReasonOf<'tls'>][] = [
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, 'certificate-expired'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'certificate-host'],
  [/^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_UNTRUSTED$)/, 'certificate-untrusted'],
];

/**
 * What an error of undici or the system means for an image. The codes are
 * those seen with undici 7 and Node 20 (`man 3 errno`, OpenSSL's verify codes).
 */
export function connectionFault(
  error: unknown,
  progress: ResponseProgress,
): Fault | RetryableFault {
  const { host, http_status } = progress;
  const fault = { ...kindOf(systemCode(error), error, progress), http_status, host };
  // A name server that did not answer may do so later; a name that is not there stays away.
  const mayPass = fault.code === 'dns' && fault.reason !== 'host-not-found';
  return mayPass ? { ...fault, retry_after_ms: null } : fault;
}

/** Whether a connection was closed or reset, and did not bring anything that is no HTTP. */
export function isClosed(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', RESET, 'EPIPE'].includes(systemCode(error));
}

/** How far a body came: `3 of 1000 bytes`. */
export function bodyProgress({
  received,
  expected,
}: Pick<ResponseProgress, 'received' | 'expected'>): string {
  return `${received}${expected === null ? '' : ` of ${expected}`} bytes`;
}

/** The fault of a body that ended too early. */
export function cutOff(progress: Pick<ResponseProgress, 'received' | 'expected'>): Kind {
  return kind('truncated', null, `the body ended after ${bodyProgress(progress)}`);
}

function kindOf(code: string, error: unknown, progress: ResponseProgress): Kind {
  const { http_status } = progress;
  if (http_status !== null && CUT_BODY.test(code)) {
    return cutOff(progress);
  }
  if (code === RESET && http_status !== null) {
    const message = `the connection was reset after ${bodyProgress(progress)}`;
    // A body without a length ends with its connection: it may have been whole but for this.
    return progress.expected === null
      ? kind('truncated', null, message)
      : kind('disconnected', 'reset', message);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    const seconds = progress.connect_timeout_ms / 1000;
    return kind('connect', 'connect-timeout', `could not connect within ${seconds} s`);
  }
  if (error instanceof BlockedAddressError) {
    return kind('blocked-address', 'private-address', error.message);
  }
  if (error instanceof NameError) return nameKind(error);
  if (error instanceof ProxyRefusalError) {
    return kind(
      'connect',
      error.http_status === 407 ? 'proxy-auth' : 'proxy-refused',
      error.message,
    );
  }
  const known = BY_CODE[code];
  if (known) return known;
  if (code.startsWith('EAI_')) return lookupFailed(code);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return kind('tls', 'not-tls', `the port does not speak TLS (${code})`);
  }
  if (HANDSHAKE.test(code)) {
    return kind('tls', 'handshake', `the TLS handshake failed (${code})`);
  }
  if (TLS.test(code)) {
    const reason = CERTIFICATES.find(([codes]) => codes.test(code))?.[1] ?? null;
    return kind('tls', reason, `TLS: ${shorten(messageOf(error))} (${code})`);
  }
  const bad = findBadResponse(error, http_status !== null);
  if (bad) return kind('bad-response', bad.reason, bad.message);
  return kind('internal', null, shorten(messageOf(error)));
}

function nameKind({ fault: { reason, code }, timeout_ms }: NameError): Kind {
  if (reason === 'host-not-found') return kind('dns', reason, 'host not found');
  if (reason === 'name-lookup-failed') return lookupFailed(code);
  const message = `the name lookup was not answered within ${timeout_ms / 1000} s`;
  return kind('dns', reason, message);
}

function lookupFailed(code: string): Kind {
  return kind('dns', 'name-lookup-failed', `the name lookup failed (${code})`);
}

/** A foreign message as one short line. */
function shorten(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return showText(line).slice(0, 200);
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ImgjobError } from '../errors.ts';

export type Access = {
  /** What whoever asks has to show; null where all may. */
  token: string | null;
  /** Names of this machine, by which it may be asked besides its addresses. */
  names: readonly string[];
  /** The origin of a page that may use the API too; null for none. */
  cors: string | null;
};

export const SESSION_COOKIE = 'imgjob_session';

/**
 * Refuses a request for another host: a page of another site, whose name was
 * made to lead here (DNS rebinding), has that name in Host. An address can't
 * be made to lead elsewhere; where a token is asked for, such a page has none.
 */
export function checkHost({ headers }: IncomingMessage, { token, names }: Access): void {
  if (token !== null) return;
  const host = hostName(headers.host ?? '');
  if (host === 'localhost' || host.endsWith('.localhost') || names.includes(host)) return;
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
  throw new ImgjobError('misdirected', 'this server is not asked by that name', {
    hint: 'Ask it by its address, or start it with a token.',
  });
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
}

/** Refuses what changes anything and comes from a page of another site. */
export function checkOrigin({ method, headers }: IncomingMessage, { cors }: Access): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
  const { origin, host } = headers;
  if (origin !== undefined && origin === cors) return;
  const isOwn = origin === `http://${host}` || origin === `https://${host}`;
  // Browsers say where a request comes from; programs have no reason to.
  if (origin === undefined ? headers['sec-fetch-site'] !== 'cross-site' : isOwn) return;
  throw new ImgjobError('forbidden', 'this request comes from a page of another site');
}

/** Throws `unauthorized` for who shows neither the token nor the cookie that was given for it. */
export function checkToken({ headers }: IncomingMessage, { token }: Access): void {
  if (token === null) return;
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined && isSameSecret(bearer, token)) return;
  const cookie = cookieOf(headers.cookie ?? '');
  if (cookie !== null && isSameSecret(cookie, sessionOf(token))) return;
  throw new ImgjobError('unauthorized', 'a token is needed', {
    hint: 'Send it as: Authorization: Bearer TOKEN',
  });
}

/** What the cookie holds: as good as the token here, and not the token itself. */
export function sessionOf(token: string): string {
  return createHmac('sha256', token).update('imgjob session').digest('base64url');
}

/** In a time that says nothing of either. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(header: string): string | null {
  for (const pair of header.split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE) return value;
  }
  return null;
}

/** Whether a browser asks if a page of the one origin that may use the API may do something. */
export function isPreflight({ method, headers }: IncomingMessage, { cors }: Access): boolean {
  return method === 'OPTIONS' && cors !== null && headers.origin === cors;
}

/** Headers of CORS for the one origin that may; none for all others. */
export function corsHeaders(
  { method, headers }: IncomingMessage,
  { cors }: Access,
): Record<string, string> {
  if (cors === null || headers.origin !== cors) return {};
  const allowed = {
    'access-control-allow-origin': cors,
    'access-control-expose-headers': 'location, etag, retry-after',
    vary: 'Origin',
  };
  if (method !== 'OPTIONS') return allowed;
  return {
    ...allowed,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, idempotency-key, last-event-id, if-none-match',
    'access-control-max-age': '600',
  };
}

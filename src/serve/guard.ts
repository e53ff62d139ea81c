import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ImgjobError } from '../errors.ts';

export type Access = {
  /** What whoever asks has to show; null where all may. */
  token: string | null;
  /** Whether others than this machine may ask, by whatever name they have for it. */
  is_open: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** How long an answer waits that a token was wrong. */
  wrong_token_ms: number;
  /** The origin of a page that may use the API too; null for none. */
  cors: string | null;
};

export const SESSION_COOKIE = 'imgjob_session';

/**
 * Refuses a request for another host: a page of another site, whose name was
 * made to lead here (DNS rebinding), has that name in Host. An address can't
 * be made to lead elsewhere; where a token is asked for, such a page has none;
 * and no browser leaves Host out. A server that everybody was let into aloud
 * is asked by names that it does not know.
 */
export function checkHost({ headers }: IncomingMessage, { token, is_open }: Access): void {
  if (token !== null || is_open) return;
  const host = hostName(headers.host ?? '');
  if (host === '' || host === 'localhost' || host.endsWith('.localhost')) return;
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
  throw new ImgjobError('misdirected', 'this server does not answer under that name', {
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
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && origin === cors) return;
  // No script can say so by itself: behind a proxy Host may be another one.
  if (site === 'same-origin') return;
  const isOwn = origin === `http://${host}` || origin === `https://${host}`;
  // Browsers say where a request comes from; programs have no reason to.
  if (origin === undefined ? site === undefined || site === 'none' : isOwn) return;
  throw new ImgjobError('forbidden', 'this request comes from a page of another site');
}

/**
 * Answers the session of who shows a cookie for it in place of the token; null
 * for the token itself, and where none is asked for. Throws `unauthorized` for
 * all others: for who shows something wrong after a delay, so that guessing
 * takes its time.
 */
export async function checkToken(
  { headers }: IncomingMessage,
  { token, now, wrong_token_ms }: Access,
): Promise<Session | null> {
  if (token === null) return null;
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined && isSameSecret(bearer, token)) return null;
  const cookie = cookieOf(headers.cookie ?? '');
  const session = cookie === null ? null : readSession(cookie, token, now());
  if (session) return session;
  if (bearer !== undefined) await delay(wrong_token_ms);
  throw new ImgjobError('unauthorized', 'a token is needed', {
    hint: 'Send it as: Authorization: Bearer TOKEN',
  });
}

/** Who has logged in: until when, and whether that was over https. */
export type Session = { ends_at: number; is_secure: boolean };

/** What the cookie of a session holds: as good as the token here until it ends, and not the token itself. */
export function sessionText({ ends_at, is_secure }: Session, token: string): string {
  const said = `${ends_at.toString(36)}${is_secure ? '-s' : ''}`;
  return `${said}.${createHmac('sha256', token).update(`imgjob session ${said}`).digest('base64url')}`;
}

/** Null where it has ended, or this server has not signed it. */
function readSession(text: string, token: string, now: number): Session | null {
  const [, end = '', secure] = /^([0-9a-z]{1,10})(-s)?\./.exec(text) ?? [];
  const session = { ends_at: Number.parseInt(end, 36), is_secure: secure !== undefined };
  const isOurs = end !== '' && isSameSecret(text, sessionText(session, token));
  return isOurs && session.ends_at > now ? session : null;
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

import { setTimeout as delay } from 'node:timers/promises';
import { loginPage, safeNext } from '../pages/login-page.ts';
import { pageAnswer } from '../pages/page-answer.ts';
import type { Asked } from './context.ts';
import { type Access, isSameSecret, SESSION_COOKIE, type Session, sessionText } from './guard.ts';
import { requestBody } from './request-body.ts';

/** Logging in with the token, which a browser then shows as a cookie that no script can read. */

const MAX_FORM = 4096;
const DAY_MS = 24 * 3600 * 1000;
const SESSION_MS = 30 * DAY_MS;

/** Where to log in, and to go to afterwards. */
export function logInPath(next: string): string {
  const safe = safeNext(next);
  return safe === '/' ? '/login' : `/login?${new URLSearchParams({ next: safe })}`;
}

export function logInForm(c: Asked, { token }: Access): Response {
  const next = safeNext(c.req.query('next') ?? null);
  return token === null ? seeOther(next) : pageAnswer(loginPage({ next, isWrong: false }));
}

export async function logIn(c: Asked, access: Access): Promise<Response> {
  const { token } = access;
  const form = await readForm(c);
  const next = safeNext(form.get('next'));
  if (token === null) return seeOther(next);
  if (!isSameSecret(form.get('token') ?? '', token)) {
    await delay(access.wrong_token_ms);
    return pageAnswer(loginPage({ next, isWrong: true }), 401);
  }
  // Over plain HTTP a browser would throw away a cookie that is for https alone.
  const is_secure = (c.req.header('origin') ?? '').startsWith('https:');
  return seeOther(next, sessionCookie(is_secure, access, token));
}

/** The cookie that puts the end of a session off: once a day, while it is used; null else. */
export function renewal({ ends_at, is_secure }: Session, access: Access): string | null {
  const { token } = access;
  if (token === null || ends_at - access.now() > SESSION_MS - DAY_MS) return null;
  return sessionCookie(is_secure, access, token);
}

function sessionCookie(is_secure: boolean, { now }: Access, token: string): string {
  const text = sessionText({ ends_at: now() + SESSION_MS, is_secure }, token);
  return cookie(text, `; Max-Age=${SESSION_MS / 1000}${is_secure ? '; Secure' : ''}`);
}

export function logOut(): Response {
  return seeOther('/login', cookie('', '; Max-Age=0'));
}

async function readForm(c: Asked): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = [];
  const { bytes } = requestBody(c.env.incoming, { max_bytes: MAX_FORM });
  for await (const chunk of bytes) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function cookie(value: string, more: string): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${more}`;
}

function seeOther(location: string, setCookie?: string): Response {
  const headers = { location, 'cache-control': 'no-store' };
  const given = setCookie === undefined ? {} : { 'set-cookie': setCookie };
  return new Response(null, { status: 303, headers: { ...headers, ...given } });
}

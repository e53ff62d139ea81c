import { loginPage, safeNext } from '../pages/login-page.ts';
import { pageAnswer } from '../pages/page-answer.ts';
import type { Asked } from './context.ts';
import { type Access, isSameSecret, SESSION_COOKIE, sessionOf } from './guard.ts';
import { requestBody } from './request-body.ts';

/** Logging in with the token, which a browser then shows as a cookie that no script can read. */

const MAX_FORM = 4096;

/** Where to log in, and to go to afterwards. */
export function logInPath(next: string): string {
  const safe = safeNext(next);
  return safe === '/' ? '/login' : `/login?${new URLSearchParams({ next: safe })}`;
}

export function logInForm(c: Asked, { token }: Access): Response {
  const next = safeNext(c.req.query('next') ?? null);
  return token === null ? seeOther(next) : pageAnswer(loginPage({ next, isWrong: false }));
}

export async function logIn(c: Asked, { token }: Access): Promise<Response> {
  const form = await readForm(c);
  const next = safeNext(form.get('next'));
  if (token === null) return seeOther(next);
  if (!isSameSecret(form.get('token') ?? '', token)) {
    return pageAnswer(loginPage({ next, isWrong: true }), 401);
  }
  // Over plain HTTP a browser would throw away a cookie that is for https alone.
  const isSecure = (c.req.header('origin') ?? '').startsWith('https:');
  return seeOther(next, cookie(sessionOf(token), isSecure ? '; Secure' : ''));
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

import { isIP } from 'node:net';
import { trimBlanks } from './response-headers.ts';

/** The cookies of one attempt, which redirects set on its way; they end with it. */
export type CookieJar = {
  /** Takes the Set-Cookie headers of a response to a URL: each byte a character. */
  store(lines: readonly string[], from: URL): void;
  /** What a request for a URL sends along: `a=1; b=2`; null for nothing. */
  headerFor(target: URL): string | null;
};

type Cookie = {
  name: string;
  value: string;
  domain: string;
  /** Not sent to hosts below the domain. */
  isHostOnly: boolean;
  path: string;
  isSecure: boolean;
  /** Milliseconds since 1970. */
  expires: number;
};

/** As many and as large as browsers take at least (RFC 6265, 6.1). */
const MOST_COOKIES = 50;
const MOST_CHARACTERS = 4096;

/**
 * Cookies by RFC 6265, as browsers keep them, for walls that set one and lead
 * back. A cookie goes to its own host, or to the domain of that host that it
 * names. There is no list of public suffixes: nothing of the user's is in a jar
 * that lives for one attempt, so what a host under `co.uk` sets for another
 * one, to which it leads itself, is no more than it could put into the URL.
 */
export function createCookieJar(): CookieJar {
  let cookies: Cookie[] = [];

  function keep(cookie: Cookie): void {
    const index = cookies.findIndex((other) => isSame(cookie, other));
    // One that replaces another keeps its place in the order (RFC 6265, 5.3).
    if (index !== -1) cookies[index] = cookie;
    else cookies.push(cookie);
    if (cookies.length > MOST_COOKIES) cookies.shift();
  }

  return {
    store(lines, from) {
      for (const line of lines.slice(0, MOST_COOKIES)) {
        const cookie = parseCookie(line, from);
        if (cookie) keep(cookie);
      }
      cookies = cookies.filter(({ expires }) => expires > Date.now());
    },
    headerFor(target) {
      const now = Date.now();
      const sent = cookies.filter((cookie) => cookie.expires > now && goesTo(cookie, target));
      // Longer paths first (RFC 6265, 5.4); the sort keeps the order of equals.
      sent.sort((a, b) => b.path.length - a.path.length);
      return sent.map(({ name, value }) => `${name}=${value}`).join('; ') || null;
    },
  };
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.path === b.path;
}

function goesTo({ domain, isHostOnly, path, isSecure }: Cookie, target: URL): boolean {
  if (isSecure && target.protocol !== 'https:') return false;
  if (target.hostname !== domain && (isHostOnly || !isBelow(target.hostname, domain))) return false;
  const { pathname } = target;
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** The cookie that a Set-Cookie header sets (RFC 6265, 5.2 and 5.3); null for one that is refused. */
function parseCookie(line: string, from: URL): Cookie | null {
  const [pair = '', ...rest] = line.split(';');
  const [name, value] = splitPair(pair);
  if (name === '' || value === null || name.length + value.length > MOST_CHARACTERS) return null;
  // What no header may have.
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(pair)) return null;
  const attributes = new Map(rest.map(splitPair).map(([key, text]) => [key.toLowerCase(), text]));
  const isSecure = attributes.has('secure');
  if (isSecure && from.protocol !== 'https:') return null;
  const named = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? '';
  const domain = named === '' ? from.hostname : named;
  if (domain !== from.hostname && !isParent(domain, from.hostname)) return null;
  const own = attributes.get('path') ?? '';
  const path = own.startsWith('/') ? own : defaultPath(from);
  const isHostOnly = named === '' || isIP(domain) !== 0;
  const cookie = { name, value, domain, isHostOnly, path, isSecure, expires: expiry(attributes) };
  return keepsPrefix(cookie, named) ? cookie : null;
}

function splitPair(text: string): [name: string, value: string | null] {
  const at = text.indexOf('=');
  if (at === -1) return [trimBlanks(text), null];
  return [trimBlanks(text.slice(0, at)), trimBlanks(text.slice(at + 1))];
}

/** A domain that a host may set cookies for: its own, down to two parts; nobody owns `com`. */
function isParent(domain: string, hostname: string): boolean {
  return domain.includes('.') && isIP(hostname) === 0 && isBelow(hostname, domain);
}

function isBelow(hostname: string, domain: string): boolean {
  return hostname.endsWith(`.${domain}`);
}

/** The folder of the URL's path (RFC 6265, 5.1.4). */
function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
}

function expiry(attributes: Map<string, string | null>): number {
  const age = attributes.get('max-age') ?? '';
  if (/^-?\d+$/.test(age)) return Number(age) > 0 ? Date.now() + Number(age) * 1000 : 0;
  const date = Date.parse(attributes.get('expires') ?? '');
  return Number.isNaN(date) ? Number.POSITIVE_INFINITY : date;
}

/** What the beginning of a name promises of its cookie (RFC 6265bis, 4.1.3). */
function keepsPrefix({ name, isSecure, path }: Cookie, named: string): boolean {
  if (/^__secure-/i.test(name)) return isSecure;
  return !/^__host-/i.test(name) || (isSecure && named === '' && path === '/');
}

import { createFault, type Fault } from '../job/effects.ts';
import { parseUrl } from '../parse-url.ts';
import { whatSchemeMeans, whyMalformed, whyMalformedEnd } from './malformed-url.ts';

// Longer than any server takes; bounds the work on a hostile manifest.
const MAX_URL_LENGTH = 65_536;
// RFC 1035, 2.3.4: in characters, without the dot at the end.
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * The URL of an image as something that can be fetched, or the fault of one
 * that can't: `invalid-url` (WHATWG URL Standard, and names as DNS can have
 * them) or `unsupported-scheme` (other than http and https).
 */
export function parseTarget(url: string): URL | Fault {
  if (url === '') return createFault('invalid-url', 'the URL is empty', 'empty-url');
  const end = whyMalformedEnd(url);
  return end === null ? parse(url) : malformed(end);
}

/**
 * The same for where a redirect leads: `location` as its bytes came, each a
 * character. They stay what they are: in a path or a query the server's, in
 * UTF-8 or not; the URL Standard reads those of a host as UTF-8.
 */
export function parseLocation(location: string, base: URL): URL | Fault {
  return parse(location.replace(/[\x80-\xff]/g, percentEncode), base);
}

/** Whether a URL can be fetched, given that another one of the same origin can. */
export function isFetchableLike(url: string): boolean {
  return url.length <= MAX_URL_LENGTH && whyMalformedEnd(url) === null;
}

function parse(url: string, base?: URL): URL | Fault {
  if (url.length > MAX_URL_LENGTH) {
    const message = `the URL is longer than ${MAX_URL_LENGTH} characters`;
    return createFault('invalid-url', message, 'long-url');
  }
  const target = parseUrl(url, base);
  if (!target) return malformed(whyMalformed(url, base !== undefined));
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return otherScheme(target);
  const why = whyNoName(target.hostname);
  return why === null ? target : createFault('invalid-url', why, 'malformed-host');
}

function malformed(why: string): Fault {
  return createFault('invalid-url', `not a valid URL: ${why}`, 'malformed-url');
}

function otherScheme({ protocol, href }: URL): Fault {
  const meant = whatSchemeMeans(href);
  const message = `can't fetch ${protocol.slice(0, 32)} URLs, only http: and https:`;
  return createFault('unsupported-scheme', meant === null ? message : `${message} (${meant})`);
}

/** Why a host can't be one: servers and proxies differ in what they take an empty label for. */
function whyNoName(hostname: string): string | null {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (name === '' || name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
    return 'the host has an empty part: two dots in a row, or one at its beginning';
  }
  if (name.length > MAX_NAME_LENGTH) {
    return `the host is longer than ${MAX_NAME_LENGTH} characters, more than a name can have`;
  }
  if (name.length <= MAX_LABEL_LENGTH) return null;
  const isLong = name.split('.').some((label) => label.length > MAX_LABEL_LENGTH);
  return isLong ? `a part of the host is longer than ${MAX_LABEL_LENGTH} characters` : null;
}

function percentEncode(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
}

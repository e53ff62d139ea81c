import { createFault, type Fault } from '../job/effects.ts';

// Longer than any server takes; bounds the work on a hostile manifest.
export const MAX_URL_LENGTH = 65_536;

/**
 * The URL of an image as something that can be fetched, or the fault of one
 * that can't: `invalid-url` (WHATWG URL Standard) or `unsupported-scheme`
 * (other than http and https).
 */
export function parseTarget(url: string, base?: URL): URL | Fault {
  if (url === '' && !base) return createFault('invalid-url', 'the URL is empty', 'empty-url');
  if (url.length > MAX_URL_LENGTH) {
    const message = `the URL is longer than ${MAX_URL_LENGTH} characters`;
    return createFault('invalid-url', message, 'long-url');
  }
  const target = parse(url, base);
  if (!target) return createFault('invalid-url', 'not a valid URL', 'malformed-url');
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    const scheme = target.protocol.slice(0, 32);
    return createFault('unsupported-scheme', `can't fetch ${scheme} URLs, only http: and https:`);
  }
  return target;
}

function parse(url: string, base?: URL): URL | null {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}

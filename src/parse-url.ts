/**
 * A URL as browsers read it (WHATWG URL); null for what is none. Not by
 * `URL.canParse`: once its caller has run often, that of Node.js 20 says no to
 * a URL with ü in its host.
 */
export function parseUrl(url: string, base?: URL): URL | null {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}

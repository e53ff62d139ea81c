/**
 * What is wrong with a URL that can't be parsed (WHATWG URL, 4.4), for the end
 * of a sentence: what copying and spreadsheets leave around one, a scheme that
 * is missing, or a host that is none. Never what stands there: it may be secret.
 * A relative URL needs no scheme.
 */
export function whyMalformed(url: string, isRelative = false): string {
  const text = withoutEnds(url);
  return whyNotBegun(text) ?? (isRelative ? null : whyNoScheme(text)) ?? whyNoHost(text);
}

/**
 * The same for a URL that can be parsed and ends with a character that nobody
 * sees: the server would be asked for another path, while the URL looks right
 * wherever it is shown. Null for any other.
 */
export function whyMalformedEnd(url: string): string | null {
  const last = url.charCodeAt(url.length - 1);
  // So do nearly all, and there may be millions.
  if (last > 0x20 && last < 0x7f) return null;
  const name = nameInvisible(withoutEnds(url).slice(-1));
  return name && `it ends with ${name}`;
}

/** What is likely to be meant where what stands before the first colon is no scheme that is known here. */
export function whatSchemeMeans(url: string): string | null {
  if (/^[a-z]:/i.test(url)) return 'this looks like a file on Windows';
  if (/^[a-z0-9.-]+:\d{1,5}(?:[/?#]|$)/i.test(url)) {
    return 'if this is a host, http:// or https:// is missing before it';
  }
  return null;
}

const QUOTATION_MARK = /["'`“”„‘’‚«»‹›]/;
// What is made up of format characters and of blanks other than the plain one, which URLs may have around them.
const INVISIBLE = /(?! )[\p{Cf}\p{Zs}\u2028\u2029]/u;

/** Without the blanks and control characters around it that are no part of a URL. */
function withoutEnds(url: string): string {
  let [start, end] = [0, url.length];
  while (start < end && url.charCodeAt(start) <= 0x20) start += 1;
  while (end > start && url.charCodeAt(end - 1) <= 0x20) end -= 1;
  return url.slice(start, end);
}

function whyNotBegun(text: string): string | null {
  const invisible = nameInvisible(text.slice(0, 1));
  if (invisible) return `it begins with ${invisible}`;
  const first = text.slice(0, 1);
  if (QUOTATION_MARK.test(first)) {
    const isAround = QUOTATION_MARK.test(text.slice(-1));
    return isAround ? 'it has quotation marks around it' : 'it begins with a quotation mark';
  }
  if (first === '<') return 'it has < and > around it';
  if (first === '(' || first === '[') return 'it begins with a bracket';
  return null;
}

function whyNoScheme(text: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return null;
  if (/^https?\/\//i.test(text)) return 'the colon after http is missing';
  if (text.startsWith('//')) return 'https: is missing before its //';
  if (text.startsWith('/')) return 'it is a path: https:// and the host are missing before it';
  if (text.startsWith('\\')) return 'it begins with a backslash: https:// and a host should';
  return 'http:// or https:// is missing before it';
}

function whyNoHost(text: string): string {
  const { host, port } = authorityOf(text);
  if (host === '') return 'it has no host';
  if (/\s/.test(host)) return 'its host has a blank';
  const invisible = nameInvisible(host);
  if (invisible) return `its host has ${invisible}`;
  if (port !== '' && !/^\d+$/.test(port)) return 'its port is not a number';
  if (Number(port) > 65_535) return 'its port is over 65535';
  return 'no host can have this name';
}

/** Host and port as they are written, without user name and password. */
function authorityOf(text: string): { host: string; port: string } {
  const rest = text.replace(/^(?:[a-z][a-z0-9+.-]*:)?[\\/]*/i, '');
  const [authority = ''] = rest.split(/[\\/?#]/, 1);
  const address = authority.slice(authority.lastIndexOf('@') + 1);
  const [, host = '', port = ''] = /^(\[[^\]]*\]?|[^:]*):?(.*)$/.exec(address) ?? [];
  return { host, port };
}

function nameInvisible(text: string): string | null {
  const [character] = INVISIBLE.exec(text) ?? [];
  if (character === undefined) return null;
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `${NAMES[number] ?? 'an invisible character'} (U+${number})`;
}

const NAMES: Record<string, string> = {
  '00A0': 'a no-break space',
  '200B': 'a zero-width space',
  FEFF: 'a byte-order mark',
};

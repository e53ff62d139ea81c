/** The headers of a response, as undici hands them on: names in lower case, values as latin1, one that stands twice as a list. */
export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** A header's value, the first where it stands twice; empty where there is none. */
export function headerValue(headers: ResponseHeaders, name: string): string {
  const value = headers[name];
  return trimBlanks((Array.isArray(value) ? value[0] : value) ?? '');
}

/** All values of a header, one for each line it has. */
export function headerValues(headers: ResponseHeaders, name: string): string[] {
  const value = headers[name] ?? [];
  return Array.isArray(value) ? value.map(trimBlanks) : [trimBlanks(value)];
}

/**
 * Blanks around a value are no part of it (RFC 9110, 5.5). By hand: `trim` takes
 * a byte of a UTF-8 character for a blank, and a pattern takes the longer the
 * more blanks a server sends.
 */
export function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

import { headerValue, type ResponseHeaders } from './response-headers.ts';

/** Bytes of body that a response says it has; null where it says none. */
export function contentLength(headers: ResponseHeaders): number | null {
  const value = headerValue(headers, 'content-length');
  return /^\d+$/.test(value) ? Number(value) : null;
}

/**
 * Bytes of a 206, where its range is the whole: some servers answer so to a
 * request for no range (RFC 9110, 15.3.7). Null where it is a part, or does not
 * say which.
 */
export function wholeRange(headers: ResponseHeaders): number | null {
  const range = headerValue(headers, 'content-range');
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(range) ?? [];
  const length = Number(total);
  const isWhole = Number(first) === 0 && Number(last) === length - 1;
  return isWhole && (contentLength(headers) ?? length) === length ? length : null;
}

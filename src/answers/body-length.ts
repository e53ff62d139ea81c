/** Bytes of body that a Content-Length says; null where it is none. */
export function contentLength(value: string): number | null {
  return /^\d+$/.test(value) ? Number(value) : null;
}

/**
 * Bytes of a 206, by its Content-Range, where that is the whole: some servers
 * answer so to a request for no range (RFC 9110, 15.3.7). Null where it is a
 * part, or does not say which.
 */
export function wholeRange(value: string): number | null {
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(value) ?? [];
  const length = Number(total);
  return Number(first) === 0 && Number(last) === length - 1 ? length : null;
}

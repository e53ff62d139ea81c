import type { ImageError } from './results-schema.ts';

const CODES = new Set<ImageError['code']>([
  'invalid-url',
  'unsupported-scheme',
  'empty-body',
  'unsupported-format',
  'corrupt-image',
  'no-dimensions',
]);

/**
 * Whether the same URL will fail again, whatever is tried: the manifest must
 * name another one, or another file must come to stand at it.
 */
export function needsOtherManifest({
  code,
  http_status,
}: Pick<ImageError, 'code' | 'http_status'>): boolean {
  return CODES.has(code) || (code === 'http-status' && isNoPlace(http_status ?? 0));
}

/** Whether a server says by its status that nothing is at a URL, or that it is elsewhere (RFC 9110, 15). */
export function isNoPlace(status: number): boolean {
  return status === 404 || status === 410 || (status >= 300 && status < 400);
}

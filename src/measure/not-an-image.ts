import type { Fault } from '../job/effects.ts';
import { showText } from '../terminal/prose.ts';
import { hasAt, u8 } from './bytes.ts';
import { unsupported } from './verdict.ts';

export const HTML_PAGE = unsupported('not-an-image', 'got an HTML page, not an image');
export const NOT_SVG = unsupported(
  'not-an-image',
  'got XML without an svg root element, not an image',
);
export const TEXT = unsupported('not-an-image', 'got text, not an image');

/** What servers send instead of images, by its first bytes. */
const OTHERS: [start: string, at: number, what: string][] = [
  ['%PDF', 0, 'a PDF'],
  ['PK\x03\x04', 0, 'a zip file'],
  ['\x1f\x8b', 0, 'a gzip file'],
  ['ftyp', 4, 'a video'],
  ['\x1a\x45\xdf\xa3', 0, 'a video'],
  ['AVI ', 8, 'a video'],
];

/** The fault of a body in no known format, from its first bytes and what it was sent as. */
export function notAnImage(head: Uint8Array, content_type: string | null): Fault {
  for (const [start, at, what] of OTHERS) {
    if (hasAt(head, at, start)) return unsupported('not-an-image', `got ${what}, not an image`);
  }
  const isJson = hasAt(head, 0, '{') || hasAt(head, 0, '[');
  if (isJson && looksLikeText(head)) {
    return unsupported('not-an-image', 'got JSON, not an image');
  }
  const claimed = content_type === null ? '' : ` (sent as ${showText(content_type).slice(0, 60)})`;
  return unsupported('unknown-format', `the format is not known here${claimed}`);
}

/** Whether the bytes have none of the control characters that text does without. */
export function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Whether a body may be XML: nothing but a byte-order mark and space before its first "<". */
export function looksLikeXml(head: Uint8Array): boolean {
  let at = hasAt(head, 0, '\xef\xbb\xbf') ? 3 : 0;
  while (/[\t\n\r ]/.test(String.fromCharCode(u8(head, at)))) at += 1;
  return at === head.length || hasAt(head, at, '<');
}

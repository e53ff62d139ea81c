import type { BodyHint, Fault } from '../job/effects.ts';
import { showText } from '../terminal/prose.ts';
import { hasAt, u8 } from './bytes.ts';
import { unsupported } from './verdict.ts';

export const HTML_PAGE = unsupported('not-an-image', 'got an HTML page, not an image');
export const NOT_SVG = unsupported(
  'not-an-image',
  'got XML without an svg root element, not an image',
);
export const TEXT = unsupported('not-an-image', 'got text, not an image');

const LESS_THAN = 0x3c;

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
export function notAnImage(head: Uint8Array, { content_type, unknown_coding }: BodyHint): Fault {
  for (const [start, at, what] of OTHERS) {
    if (hasAt(head, at, start)) return unsupported('not-an-image', `got ${what}, not an image`);
  }
  const isJson = hasAt(head, 0, '{') || hasAt(head, 0, '[');
  if (isJson && looksLikeText(head)) {
    return unsupported('not-an-image', 'got JSON, not an image');
  }
  if (unknown_coding) {
    const message = `the body has an unknown encoding: ${showText(unknown_coding).slice(0, 40)}`;
    return unsupported('unknown-encoding', message);
  }
  const claimed = content_type === null ? '' : ` (sent as ${showText(content_type).slice(0, 60)})`;
  return unsupported('unknown-format', `the format is unknown${claimed}`);
}

/** Whether the bytes have none of the control characters that text does without. */
export function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** Whether a body may be XML: nothing but a byte-order mark and space before its first "<", in UTF-8 or UTF-16. */
export function looksLikeXml(head: Uint8Array): boolean {
  if (hasAt(head, 0, '\xff\xfe')) return startsWithTag(head, 2, 2, 0);
  if (hasAt(head, 0, '\xfe\xff')) return startsWithTag(head, 2, 2, 1);
  return startsWithTag(head, hasAt(head, 0, '\xef\xbb\xbf') ? 3 : 0, 1, 0);
}

/** Characters of `width` bytes from `start` on, whose ASCII code is the byte at `offset` in them. */
function startsWithTag(head: Uint8Array, start: number, width: 1 | 2, offset: 0 | 1): boolean {
  for (let at = start; at < head.length; at += width) {
    const code = u8(head, at + offset);
    const isAscii = width === 1 || u8(head, at + 1 - offset) === 0;
    if (!isAscii || !/[\t\n\r ]/.test(String.fromCharCode(code)))
      return isAscii && code === LESS_THAN;
  }
  return true;
}

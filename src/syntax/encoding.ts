import { isUtf8 } from 'node:buffer';
import type { Position } from './locate.ts';

export type EncodingProblem = Position & { message: string };

/** The text of UTF-8 bytes without their byte-order mark, or where they stop being UTF-8. */
export function decodeUtf8(bytes: Buffer): { text: string } | { problem: EncodingProblem } {
  const otherEncoding = nameOtherEncoding(bytes);
  if (otherEncoding !== null) {
    return { problem: { line: 1, column: 1, message: `not UTF-8: ${otherEncoding}` } };
  }
  const body = bytes.subarray(byteOrderMarkLength(bytes));
  if (isUtf8(body)) return { text: body.toString('utf8') };
  const message = 'not UTF-8: this byte is not part of a character, save the file as UTF-8';
  return { problem: { ...firstBadByte(body), message } };
}

/** How many bytes the UTF-8 byte-order mark takes at the start: 3 or 0. */
export function byteOrderMarkLength(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** What a foreign byte-order mark says, or the zeros between letters; null where there are none. */
export function nameOtherEncoding(bytes: Buffer): string | null {
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || isUtf16(bytes) ? 'this is UTF-16, save it as UTF-8' : null;
}

/** UTF-16 without a mark: what is read here begins with two letters or signs of ASCII, each a byte and a zero. */
function isUtf16(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const zeros = Array.from(bytes.subarray(0, 4), (byte) => (byte === 0 ? '0' : 'x')).join('');
  return zeros === 'x0x0' || zeros === '0x0x';
}

/** A line never cuts a character of UTF-8, so the first line that is not UTF-8 holds the first bad byte. */
function firstBadByte(bytes: Buffer): Position {
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    const content = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (!isUtf8(content)) return { line, column: badColumn(content) };
    if (end === -1) return { line, column: 1 };
    start = end + 1;
  }
}

/** Decoding replaces bad bytes, so the first byte that encoding does not give back is bad. */
function badColumn(line: Buffer): number {
  const again = Buffer.from(line.toString('utf8'));
  const bad = line.findIndex((byte, index) => byte !== again[index]);
  return line.toString('utf8', 0, bad).length + 1;
}

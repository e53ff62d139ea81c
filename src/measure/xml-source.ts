import { type ByteReader, take } from './byte-feed.ts';
import { hasAt, latin1 } from './bytes.ts';

const FIRST_TAKE = 1024;
const MOST_TAKE = 16_384;
/** Most bytes of a document that are looked at: its root element begins long before. */
const MAX_LENGTH = 4 * 2 ** 20;

/** A document as it is read: `text` is what is there of it, `at` the place in that. */
export type XmlSource = {
  text: string;
  at: number;
  encoding: 'latin1' | 'utf16le' | 'utf16be';
  /** Bytes that may still be read. */
  left: number;
  /** Whether nothing comes any more. */
  hasEnded: boolean;
};

/**
 * The source of the document that the body is. Its encoding is UTF-16 where a
 * byte-order mark says so (XML 1.0, 4.3.3), else UTF-8, which is read as
 * Latin-1: the names and numbers that matter here are ASCII.
 */
export function* openXmlSource(): ByteReader<XmlSource> {
  const start = yield take(FIRST_TAKE);
  const hasEnded = start.length < FIRST_TAKE;
  const left = MAX_LENGTH - start.length;
  const source: XmlSource = { text: '', at: 0, encoding: 'latin1', left, hasEnded };
  if (hasAt(start, 0, '\xff\xfe')) source.encoding = 'utf16le';
  if (hasAt(start, 0, '\xfe\xff')) source.encoding = 'utf16be';
  const markLength = source.encoding === 'latin1' ? (hasAt(start, 0, '\xef\xbb\xbf') ? 3 : 0) : 2;
  source.text = decode(start.subarray(markLength), source.encoding);
  return source;
}

/**
 * Reads on, and lets go of the text before the place; as much again as is left,
 * so that what is looked at again and again takes time in proportion to it.
 * False at the end of the body, or of what is looked at. At most `most` characters.
 */
export function* readMore(source: XmlSource, most = MOST_TAKE): ByteReader<boolean> {
  const kept = source.text.slice(source.at);
  const characters = Math.min(Math.max(FIRST_TAKE, kept.length), most, MOST_TAKE);
  const wanted = Math.min(characters * (source.encoding === 'latin1' ? 1 : 2), source.left);
  if (source.hasEnded || wanted === 0) return false;
  const bytes = yield take(wanted);
  source.left -= bytes.length;
  source.hasEnded = bytes.length < wanted;
  source.text = kept + decode(bytes, source.encoding);
  source.at = 0;
  return bytes.length > 0;
}

/** Sees to it that `count` characters are there, unless the body ends before. */
export function* ensure(source: XmlSource, count: number): ByteReader<void> {
  while (source.text.length - source.at < count) {
    if (!(yield* readMore(source))) return;
  }
}

/** Moves behind the next `closing`; false where there is none. */
export function* skipPast(source: XmlSource, closing: string): ByteReader<boolean> {
  for (;;) {
    const found = source.text.indexOf(closing, source.at);
    if (found !== -1) {
      source.at = found + closing.length;
      return true;
    }
    source.at = Math.max(source.at, source.text.length - closing.length + 1);
    if (!(yield* readMore(source))) return false;
  }
}

/** Half a character of UTF-16 can only be the end of the body, since an even number of bytes is asked for. */
function decode(bytes: Uint8Array, encoding: XmlSource['encoding']): string {
  if (encoding === 'latin1') return latin1(bytes);
  const even = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length - (bytes.length % 2));
  return (encoding === 'utf16be' ? even.swap16() : even).toString('utf16le');
}

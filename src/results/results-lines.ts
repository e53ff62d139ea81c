import type { FileHandle } from 'node:fs/promises';
import { forEachLine } from '../files/lines.ts';

/**
 * How the line of a store begins in both formats, exactly as imgjob writes
 * them, for lines of other layouts may hold half a store; as Latin-1: with a
 * byte-order mark.
 */
const STORE_LINE = /^(?: {4}\{|(?:\xef\xbb\xbf)?\{"job_id":"[\w.-]+",)"store_id":"/;

/** The most that is read whole: a string of all of it and its values take several times as much. */
const MAX_WHOLE_LENGTH = 256 * 2 ** 20;

/** Bytes of a file, from one place up to another. */
type Span = { begin: number; end: number };

/**
 * Where the lines of stores begin in a results document, and the text of all
 * other lines; null where that is too long to be read whole.
 */
export async function indexLines(
  file: FileHandle,
): Promise<{ offsets: number[]; rest: string | null }> {
  const offsets: number[] = [];
  // Of a layout of another kind this is one span: millions of lines would be as many strings.
  const others: Span[] = [];
  let whole = 0;
  await forEachLine(file, ({ bytes, offset, length }) => {
    if (bytes && isStoreLine(bytes)) {
      offsets.push(offset);
      return;
    }
    whole += length + 1;
    if (whole > MAX_WHOLE_LENGTH) return;
    const last = others.at(-1);
    if (last?.end === offset) last.end += length + 1;
    else others.push({ begin: offset, end: offset + length + 1 });
  });
  if (whole > MAX_WHOLE_LENGTH) return { offsets, rest: null };
  const texts: string[] = [];
  for (const span of others) texts.push(await readSpan(file, span));
  return { offsets, rest: texts.join('') };
}

function isStoreLine(bytes: Buffer): boolean {
  // Most lines of other layouts are told by a byte, `{` or the first of a byte-order mark.
  if (bytes[4] !== 0x7b && bytes[0] !== 0x7b && bytes[0] !== 0xef) return false;
  // Enough to tell: a job id has at most 64 characters.
  return STORE_LINE.test(bytes.toString('latin1', 0, 120));
}

/** The text of all of a file; null where that is too long to be read whole. */
export async function readWholeDocument(file: FileHandle): Promise<string | null> {
  const { size } = await file.stat();
  return size > MAX_WHOLE_LENGTH ? null : readSpan(file, { begin: 0, end: size });
}

/** The text of a span, which may end behind the file. */
async function readSpan(file: FileHandle, { begin, end }: Span): Promise<string> {
  const bytes = Buffer.allocUnsafe(end - begin);
  let filled = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, begin + filled);
    filled += bytesRead;
    if (bytesRead === 0 || filled === bytes.length) return bytes.toString('utf8', 0, filled);
  }
}

import { createInflateRaw } from 'node:zlib';
import type { ByteInput } from './byte-input.ts';
import { CutOffError, DECODED_CHUNK, decompress } from './decompress.ts';

/** Each costs a decompressor of its own; block-wise gzip has one for each 64 KiB. */
const MAX_MEMBERS = 2000;

/** Flags of a gzip header (RFC 1952, 2.3.1). */
const CHECKSUM = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;

/**
 * Decodes gzip (RFC 1952), all members, as browsers and curl do: the checksum
 * and length behind a member may be missing, and what follows it may be
 * anything. node:zlib's own takes neither.
 */
export async function* gunzip(input: ByteInput): AsyncGenerator<Uint8Array, void> {
  for (let members = 0; await passHeader(input, members === 0); members += 1) {
    if (members === MAX_MEMBERS) throw new RangeError('more members than a gzip file has');
    yield* decompress(createInflateRaw(DECODED_CHUNK), input);
    await input.take(8);
  }
  await input.drain();
}

/**
 * Decodes deflate: in its zlib wrapping (RFC 1950), as it should be, or raw, as
 * many servers send it. A raw stream does not begin like a wrapped one.
 */
export async function* inflate(input: ByteInput): AsyncGenerator<Uint8Array, void> {
  const head = await input.take(2);
  if (!isZlibHeader(head)) input.unread(head);
  yield* decompress(createInflateRaw(DECODED_CHUNK), input);
  await input.drain();
}

function isZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

/** Whether a member begins here; the first one must. */
async function passHeader(input: ByteInput, isFirst: boolean): Promise<boolean> {
  const head = await input.take(10);
  const [id1, id2, method, flags = 0] = head;
  const isGzip = id1 === 0x1f && id2 === 0x8b && method === 8 && (flags & RESERVED) === 0;
  if (isFirst && head.length < 10 && isPrefix(head)) throw new CutOffError('cut off in its header');
  if (isFirst && !isGzip) throw new TypeError('no gzip header');
  if (!isGzip || head.length < 10) return false;
  if (flags & EXTRA) {
    const [low = 0, high = 0] = await input.take(2);
    await input.take(low + high * 256);
  }
  if (flags & NAME) await passText(input);
  if (flags & COMMENT) await passText(input);
  if (flags & CHECKSUM) await input.take(2);
  return true;
}

/** Whether what came may be the beginning of a gzip header. */
function isPrefix(head: Uint8Array): boolean {
  return [0x1f, 0x8b, 8].every((byte, at) => at >= head.length || head[at] === byte);
}

/** Passes over a text that ends with a zero byte. */
async function passText(input: ByteInput): Promise<void> {
  for (let chunk = await input.next(); chunk; chunk = await input.next()) {
    const end = chunk.indexOf(0);
    if (end !== -1) return input.unread(chunk.subarray(end + 1));
  }
}

import * as zlib from 'node:zlib';
import type { ByteInput } from './byte-input.ts';
import { DECODED_CHUNK, decompress, isDecompressor } from './decompress.ts';
import { gunzip, inflate } from './gzip.ts';

export type Decode = (input: ByteInput) => AsyncGenerator<Uint8Array, void>;

export type Coding = { name: string; decode: Decode };

/** How a body is encoded, by its Content-Encoding (RFC 9110, 8.4). */
export type ContentCodings = {
  /** Those that can be decoded, in the order in which they were applied. */
  known: Coding[];
  /** Those that are no codings, or none known here, in lower case; null where there are none. */
  unknown: string | null;
};

/** Most codings on top of one another, as curl takes them. */
const MAX_CODINGS = 5;

// A map: a look-up in a plain object finds `constructor` too.
const DECODERS = new Map<string, Decode>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', (input) => decodeWhole(zlib.createBrotliDecompress, input)],
]);
// Node.js has it from 22.15 and 23.8 on.
const createZstd: unknown = Reflect.get(zlib, 'createZstdDecompress');
if (typeof createZstd === 'function') {
  DECODERS.set('zstd', (input) => decodeWhole((options) => createZstd(options), input));
}

const UNENCODED: ContentCodings = { known: [], unknown: null };

/**
 * How the body is encoded: all lines of the header, and their lists, are one
 * list. A coding that is none known here is passed over, since the bytes show
 * whether it is an image that came; so are those beyond the fifth.
 */
export function contentCodings(lines: string[]): ContentCodings {
  if (lines.length === 0) return UNENCODED;
  const known: Coding[] = [];
  const unknown: string[] = [];
  const names = lines.join(',').toLowerCase().split(',');
  for (const name of names.map((text) => text.trim())) {
    const decode = DECODERS.get(name);
    if (decode && known.length < MAX_CODINGS) known.push({ name, decode });
    else if (name !== '' && name !== 'identity') unknown.push(name);
  }
  return { known, unknown: unknown.length === 0 ? null : unknown.join(', ') };
}

/** Decodes one stream; what stands behind it is no part of the body. */
async function* decodeWhole(
  create: (options: typeof DECODED_CHUNK) => unknown,
  input: ByteInput,
): AsyncGenerator<Uint8Array, void> {
  const decompressor = create(DECODED_CHUNK);
  if (!isDecompressor(decompressor)) throw new TypeError('the decoder is not a stream');
  yield* decompress(decompressor, input);
  await input.drain();
}

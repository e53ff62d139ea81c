import type { BodyHint } from '../job/effects.ts';
import { take } from './byte-feed.ts';
import { bytesOf, u8 } from './bytes.ts';
import { readSize } from './read-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

const CONTENT_TYPES = new Set(['image/x-tga', 'image/tga', 'image/x-targa', 'image/targa']);
const IMAGE_TYPES = new Set([1, 2, 3, 9, 10, 11, 32, 33]);
const DEPTHS = new Set([1, 8, 15, 16, 24, 32]);

/** Whether a body says that it is a TGA: its bytes can't, they have no signature. */
export function claimsTga({ url, content_type }: BodyHint): boolean {
  const [type = ''] = (content_type ?? '').split(';', 1);
  const [path = ''] = url.split(/[?#]/, 1);
  return CONTENT_TYPES.has(type.trim().toLowerCase()) || /\.tga$/i.test(path);
}

/** TGA (Truevision TGA 2.0, fields 1 to 5): a header of 18 bytes. */
export function* readTga(): SizeReader {
  const header = yield take(18);
  if (header.length < 18) return 'cut-off';
  const isSane = u8(header, 1) <= 1 && IMAGE_TYPES.has(u8(header, 2)) && DEPTHS.has(u8(header, 16));
  if (!isSane) return corrupt('the TGA header is broken');
  // image-size refuses a TGA with an image id or a colour map.
  return readSize(bytesOf('\0\0\x02', new Uint8Array(9), header.subarray(12)), 'tga');
}

import type { BodyHint } from '../job/effects.ts';
import { u8, u16le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
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
export function readTga(): SizeReader {
  return readFixedHeader(18, sizeIn);
}

function sizeIn(header: Uint8Array) {
  const isSane = u8(header, 1) <= 1 && IMAGE_TYPES.has(u8(header, 2)) && DEPTHS.has(u8(header, 16));
  if (!isSane) return corrupt('the TGA header is broken');
  return checkedSize(u16le(header, 12), u16le(header, 14), 'tga');
}

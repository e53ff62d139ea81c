import { u16le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import type { SizeReader } from './verdict.ts';

/** GIF (GIF89a, 18): the logical screen. */
export function readGif(): SizeReader {
  return readFixedHeader(10, sizeIn);
}

function sizeIn(header: Uint8Array) {
  return checkedSize(u16le(header, 6), u16le(header, 8), 'gif');
}

import { u32le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import type { SizeReader } from './verdict.ts';

/** DDS (Microsoft, DDS_HEADER): the size of its first, largest surface. */
export function readDds(): SizeReader {
  return readFixedHeader(20, sizeIn);
}

function sizeIn(header: Uint8Array) {
  return checkedSize(u32le(header, 16), u32le(header, 12), 'dds');
}

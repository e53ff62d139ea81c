import { hasAt, u32be, u32le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import type { SizeReader } from './verdict.ts';

/** KTX 1 (Khronos KTX 1.1, 2). Its numbers are in the byte order that its mark is in. */
export function readKtx(): SizeReader {
  return readFixedHeader(44, sizeInFirst);
}

/** KTX 2 (Khronos KTX 2.0, 3): always little-endian. */
export function readKtx2(): SizeReader {
  return readFixedHeader(28, sizeInSecond);
}

function sizeInFirst(header: Uint8Array) {
  const u32 = hasAt(header, 12, '\x04\x03\x02\x01') ? u32be : u32le;
  return checkedSize(u32(header, 36), u32(header, 40), 'ktx');
}

function sizeInSecond(header: Uint8Array) {
  return checkedSize(u32le(header, 20), u32le(header, 24), 'ktx');
}

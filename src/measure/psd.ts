import { u32be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { readFixedHeader } from './fixed-header.ts';
import type { SizeReader } from './verdict.ts';

/** PSD and PSB (Adobe Photoshop File Formats, "File Header Section"). */
export function readPsd(): SizeReader {
  return readFixedHeader(22, sizeIn);
}

function sizeIn(header: Uint8Array) {
  return checkedSize(u32be(header, 18), u32be(header, 14), 'psd');
}

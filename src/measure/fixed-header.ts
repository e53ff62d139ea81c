import { take } from './byte-feed.ts';
import type { SizeReader, SizeVerdict } from './verdict.ts';

/** A format whose size stands at a fixed place in its first `length` bytes. */
export function* readFixedHeader(
  length: number,
  sizeIn: (header: Uint8Array) => SizeVerdict,
): SizeReader {
  const header = yield take(length);
  return header.length < length ? 'cut-off' : sizeIn(header);
}

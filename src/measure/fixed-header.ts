import { take } from './byte-feed.ts';
import type { SizeReader, Verdict } from './verdict.ts';

/** A format whose size stands at a fixed place in its first `length` bytes. */
export function* readFixedHeader(
  length: number,
  sizeIn: (header: Uint8Array) => Verdict,
): SizeReader {
  const header = yield take(length);
  return header.length < length ? 'cut-off' : sizeIn(header);
}

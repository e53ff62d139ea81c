import { take } from './byte-feed.ts';
import { readSize } from './read-size.ts';
import type { SizeReader } from './verdict.ts';

/** A format whose size stands at a fixed place in its first `length` bytes. */
export function* readFixedHeader(format: string, length: number): SizeReader {
  const header = yield take(length);
  return header.length < length ? 'cut-off' : readSize(header, format);
}

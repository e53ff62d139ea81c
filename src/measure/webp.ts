import { take } from './byte-feed.ts';
import { fourCharacters, hasAt, joinBytes } from './bytes.ts';
import { askImageSize } from './image-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

/** Bytes of the first chunk that hold the size (WebP container, RFC 9649, 2.5 to 2.7). */
const CHUNKS: Record<string, number> = { 'VP8 ': 10, VP8L: 5, VP8X: 10 };

/** WebP, lossy, lossless and extended; an extended one names the size of its canvas. */
export function* readWebp(): SizeReader {
  const header = yield take(20);
  if (header.length < 20) return 'cut-off';
  const chunk = fourCharacters(header, 12);
  const length = CHUNKS[chunk];
  if (length === undefined) return corrupt('the WEBP header has no known chunk');
  const start = yield take(length);
  if (start.length < length) return 'cut-off';
  // image-size takes either kind without its signature (RFC 6386, 9.1; RFC 9649, 3.4).
  if (chunk === 'VP8 ' && !hasAt(start, 3, '\x9d\x01\x2a')) {
    return corrupt('the WEBP header has no lossy key frame');
  }
  if (chunk === 'VP8L' && !hasAt(start, 0, '\x2f')) {
    return corrupt('the WEBP header has no lossless picture');
  }
  // Readers must ignore the reserved bits of the flags; image-size does not.
  if (chunk === 'VP8X') start[0] = 0;
  return askImageSize(joinBytes(header, start), 'webp');
}

import { take } from './byte-feed.ts';
import { bytesOf, hasAt } from './bytes.ts';
import { readSize } from './read-size.ts';
import type { SizeReader } from './verdict.ts';

/** PNG (W3C PNG, 5.2 and 11.2.1). Apple's own kind has a CgBI chunk of 16 bytes before the IHDR. */
export function* readPng(): SizeReader {
  const header = yield take(24);
  if (header.length < 24) return 'cut-off';
  if (!hasAt(header, 12, 'CgBI')) return readSize(header, 'png');
  const rest = yield take(16);
  return rest.length < 16 ? 'cut-off' : readSize(bytesOf(header, rest), 'png');
}

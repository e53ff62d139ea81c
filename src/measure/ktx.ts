import { take } from './byte-feed.ts';
import { hasAt } from './bytes.ts';
import { readSize } from './read-size.ts';
import type { SizeReader } from './verdict.ts';

/** KTX 1 (Khronos KTX 1.1, 2). Its numbers may be big-endian; image-size takes them as little-endian. */
export function* readKtx(): SizeReader {
  const header = yield take(44);
  if (header.length < 44) return 'cut-off';
  if (hasAt(header, 12, '\x04\x03\x02\x01')) {
    header.subarray(36, 40).reverse();
    header.subarray(40, 44).reverse();
  }
  return readSize(header, 'ktx');
}

/** KTX 2 (Khronos KTX 2.0, 3): always little-endian. */
export function* readKtx2(): SizeReader {
  const header = yield take(28);
  return header.length < 28 ? 'cut-off' : readSize(header, 'ktx', 'ktx2');
}

import { type ByteReader, skip, take } from './byte-feed.ts';
import { u8, u16le } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

// What a block begins with (GIF89a, appendix A).
const EXTENSION = 0x21;
const FRAME = 0x2c;
const TRAILER = 0x3b;

/** Bounds the time of a hostile body: 8 MiB of comments. */
const MAX_BLOCKS = 32_768;

/**
 * GIF (GIF89a, 18 and 20): the logical screen, widened where the first frame goes
 * past it. The standard forbids such frames, but they exist, some on a screen of
 * no pixels at all; Chromium, libvips and Pillow show them like this.
 */
export function* readGif(): SizeReader {
  const header = yield take(13);
  if (header.length < 13) return 'cut-off';
  const flags = u8(header, 10);
  if (flags & 0x80) yield skip(3 * 2 ** ((flags & 7) + 1)); // the global colour table
  const found = yield* findFrame();
  if (found !== 'frame') return found === 'none' ? corrupt('the GIF has no picture') : found;
  const frame = yield take(8);
  if (frame.length < 8) return 'cut-off';
  const width = Math.max(u16le(header, 6), u16le(frame, 0) + u16le(frame, 4));
  const height = Math.max(u16le(header, 8), u16le(frame, 2) + u16le(frame, 6));
  return checkedSize(width, height, 'gif');
}

/** Passes over extensions, and stray bytes as decoders do, to the first frame. */
function* findFrame(): ByteReader<'frame' | 'none' | 'cut-off'> {
  let left = MAX_BLOCKS;
  while (left > 0) {
    const block = yield take(1);
    if (block.length === 0) return 'cut-off';
    const kind = u8(block, 0);
    if (kind === FRAME) return 'frame';
    if (kind === TRAILER) return 'none';
    left -= 1;
    if (kind === EXTENSION) {
      yield skip(1); // its label
      left = yield* leaveSubBlocks(left);
    }
  }
  return 'none';
}

/** Sub-blocks of up to 255 bytes, each behind its length, up to one of none (GIF89a, 15 and 16). */
function* leaveSubBlocks(most: number): ByteReader<number> {
  let left = most;
  while (left > 0) {
    left -= 1;
    const length = u8(yield take(1), 0);
    if (length === 0) break;
    yield skip(length);
  }
  return left;
}

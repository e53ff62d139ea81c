import { skip, take } from './byte-feed.ts';
import { u8, u16be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt, type SizeReader, unsupported } from './verdict.ts';

// Markers as of ITU T.81, table B.1.
const EOI = 0xd9;
const SOS = 0xda;
const DHP = 0xde;
/** SOF55 of JPEG-LS (ITU T.87, C.1.1), which shares the segments of JPEG and no more. */
const JPEG_LS = 0xf7;

/** Most bytes between segments that belong to none; more is no JPEG. */
const MAX_STRAY_BYTES = 65_536;
/** Bounds the time of a hostile body; no real one has nearly as many before its frame. */
const MAX_SEGMENTS = 10_000;

/**
 * JPEG (ITU T.81, B.1.1 and B.2.2): walks the segments, which it skips whatever
 * their number and size, to the frame header. All kinds of frames have one layout.
 */
export function* readJpeg(): SizeReader {
  yield skip(2);
  let stray = 0;
  let segments = 0;
  let start = yield take(4);
  while (start.length === 4) {
    const marker = u8(start, 1);
    if (u8(start, 0) === 0xff && (marker === SOS || marker === EOI)) {
      return corrupt('the JPEG has no frame header before its picture');
    }
    if (isSegment(start)) {
      const length = u16be(start, 2);
      if (marker === JPEG_LS)
        return unsupported('unknown-format', "got JPEG-LS, which imgjob can't measure");
      if (isFrame(marker)) return yield* readFrame(length);
      segments += 1;
      if (segments > MAX_SEGMENTS) return corrupt('the JPEG has too many segments');
      yield skip(length - 2);
      start = yield take(4);
    } else {
      // Fill bytes (B.1.1.2), markers without a segment, garbage: look one byte further on.
      stray += 1;
      if (stray > MAX_STRAY_BYTES) return corrupt('the JPEG has no frame header');
      const next = yield take(1);
      if (next.length === 0) return 'cut-off';
      start.copyWithin(0, 1);
      start.set(next, 3);
    }
  }
  return 'cut-off';
}

function* readFrame(length: number): SizeReader {
  const frame = yield take(6);
  if (frame.length < 6) return 'cut-off';
  const components = u8(frame, 5);
  if (length !== 8 + 3 * components) return corrupt('the JPEG has a broken frame header');
  return checkedSize(u16be(frame, 3), u16be(frame, 1), 'jpg');
}

/** Whether four bytes are a marker and the length of its segment. */
function isSegment(start: Uint8Array): boolean {
  const marker = u8(start, 1);
  const hasLength = marker > 0x01 && marker < 0xff && (marker < 0xd0 || marker > 0xd9);
  return u8(start, 0) === 0xff && hasLength && u16be(start, 2) >= 2;
}

/** SOF0 to SOF15, but for DHT, JPG and DAC among them; DHP has the size of a hierarchy of frames. */
function isFrame(marker: number): boolean {
  if (marker === 0xc4 || marker === 0xc8 || marker === 0xcc) return false;
  return (marker >= 0xc0 && marker <= 0xcf) || marker === DHP;
}

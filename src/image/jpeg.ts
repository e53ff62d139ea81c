import type { Fault, Size } from '../job/effects.ts';
import { type ByteSource, type HeaderReader, viewOf } from './byte-source.ts';
import { askImageSize, corrupt, cutOff } from './dimensions.ts';

// No real file comes near these; they bound the time a hostile one takes.
const MAX_SEGMENTS = 10_000;
const MAX_STRAY_BYTES = 65_536;

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/**
 * JPEG (ITU T.81, annex B): walks over the segments to the frame header and
 * keeps none of them, however much metadata comes first. image-size gets a
 * minimal file: by itself it knows three of the thirteen kinds of frame and no
 * fill bytes, though all frame headers have one layout (B.2.2).
 */
export function* readJpeg(source: ByteSource): HeaderReader<Size | Fault> {
  yield* source.skip(2);
  for (let segment = 0; segment < MAX_SEGMENTS; segment += 1) {
    const marker = yield* nextMarker(source);
    if (marker === null) return cutOff('JPEG');
    if (isStandalone(marker)) continue;
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) {
      return corrupt('the JPEG has no frame header');
    }
    const lengthBytes = yield* source.take(2);
    if (lengthBytes.length < 2) return cutOff('JPEG');
    const length = viewOf(lengthBytes).getUint16(0);
    if (length < 2) return corrupt('a JPEG segment has an impossible length');
    if (isFrame(marker)) return yield* readFrame(source);
    yield* source.skip(length - 2);
  }
  return corrupt(`the JPEG has no frame header in its first ${MAX_SEGMENTS} segments`);
}

/** The next marker's code, over fill bytes (B.1.1.2) and what decoders tolerate; null at the end. */
function* nextMarker(source: ByteSource): HeaderReader<number | null> {
  let afterPrefix = false;
  for (let stray = 0; stray < MAX_STRAY_BYTES; stray += 1) {
    const [byte] = yield* source.take(1);
    if (byte === undefined) return null;
    if (afterPrefix && byte !== 0xff && byte !== 0) return byte;
    afterPrefix = byte === 0xff;
  }
  return null;
}

function* readFrame(source: ByteSource): HeaderReader<Size | Fault> {
  // Precision, height, width.
  const frame = yield* source.take(5);
  if (frame.length < 5) return cutOff('JPEG');
  const minimal = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 2, 0xff, 0xc0, 0, 8, ...frame]);
  return askImageSize(minimal, 'jpg', 'JPEG');
}

/** Markers without a segment: TEM, RSTn and a second SOI. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** SOF0 to SOF15; DHT, JPG and DAC have their codes in between. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

import type { Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader, viewOf } from './byte-source.ts';
import { askImageSize, corrupt, cutOff, measureFault } from './dimensions.ts';

const MAX_ENTRIES = 1000;
const FORMATS: Record<number, string> = { 1: 'ico', 2: 'cur' };

/** ICO and CUR begin with a reserved 0, their type and the number of their entries. */
export function isIcon(start: Uint8Array): boolean {
  if (start.length < 6) return false;
  const view = viewOf(start);
  const count = view.getUint16(4, true);
  const known = view.getUint16(0, true) === 0 && view.getUint16(2, true) in FORMATS;
  return known && count >= 1 && count <= MAX_ENTRIES;
}

/** ICO and CUR: the largest of the entries. Their signature is weak, so the directory must make sense. */
export function* readIcon(source: ByteSource): HeaderReader<Size | Fault> {
  const view = viewOf(yield* source.peek(6));
  const length = 6 + view.getUint16(4, true) * 16;
  const format = FORMATS[view.getUint16(2, true)] ?? 'ico';
  const directory = yield* source.take(length);
  if (directory.length < length) return cutOff(format.toUpperCase());
  for (let entry = 6; entry < length; entry += 16) {
    const bytes = viewOf(directory).getUint32(entry + 8, true);
    const offset = viewOf(directory).getUint32(entry + 12, true);
    if (bytes === 0 || offset < length)
      return corrupt(`the ${format.toUpperCase()} header is damaged`);
  }
  return askImageSize(directory, format, format.toUpperCase());
}

/**
 * ICNS: the largest of the entries. Each is asked about by itself: image-size
 * breaks on tables of contents and other entries that are no images.
 */
export function* readIcns(source: ByteSource): HeaderReader<Size | Fault> {
  const header = yield* source.take(8);
  if (header.length < 8) return cutOff('ICNS');
  const fileLength = viewOf(header).getUint32(4);
  let largest: Size | null = null;
  let position = 8;
  for (let count = 0; position < fileLength && count < MAX_ENTRIES; count += 1) {
    const entry = yield* source.take(8);
    if (entry.length < 8) return cutOff('ICNS');
    const length = viewOf(entry).getUint32(4);
    if (length < 8) return corrupt('an ICNS entry has an impossible length');
    const size = sizeOfEntry(asciiOf(entry, 0, 4));
    if (size && size.width > (largest?.width ?? 0)) largest = size;
    yield* source.skip(length - 8);
    position += length;
  }
  return largest ?? measureFault('no-dimensions', 'the ICNS has no image of a known size');
}

function sizeOfEntry(type: string): Size | null {
  const file = Buffer.alloc(16);
  file.write('icns', 0, 'latin1');
  file.writeUInt32BE(16, 4);
  file.write(type, 8, 'latin1');
  file.writeUInt32BE(8, 12);
  const size = askImageSize(new Uint8Array(file), 'icns', 'ICNS');
  return 'code' in size ? null : size;
}

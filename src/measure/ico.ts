import { take } from './byte-feed.ts';
import { hasAt, joinBytes, u16le, u32le } from './bytes.ts';
import { askImageSize } from './image-size.ts';
import { corrupt, type SizeReader } from './verdict.ts';

const HEADER = 6;
const ENTRY = 16;
/** Far more than any icon has; a directory of this many still fits the window. */
const MAX_ENTRIES = 4000;

export function isIco(head: Uint8Array): boolean {
  return hasAt(head, 0, '\0\0\x01\0') && (head.length < HEADER || u16le(head, 4) > 0);
}

export function isCur(head: Uint8Array): boolean {
  return hasAt(head, 0, '\0\0\x02\0') && (head.length < HEADER || u16le(head, 4) > 0);
}

/** ICO and CUR (Windows, ICONDIR and ICONDIRENTRY): the largest of the images in the directory. */
export function* readIco(format: 'ico' | 'cur'): SizeReader {
  const header = yield take(HEADER);
  if (header.length < HEADER) return 'cut-off';
  const count = u16le(header, 4);
  if (count > MAX_ENTRIES) return corrupt(`the ${format.toUpperCase()} directory is broken`);
  const entries = yield take(count * ENTRY);
  if (entries.length < count * ENTRY) return 'cut-off';
  for (let index = 0; index < count; index += 1) {
    const length = u32le(entries, index * ENTRY + 8);
    const offset = u32le(entries, index * ENTRY + 12);
    if (length === 0 || offset < HEADER + count * ENTRY) {
      return corrupt(`the ${format.toUpperCase()} directory is broken`);
    }
  }
  return askImageSize(joinBytes(header, entries), format);
}

import { peek } from './byte-feed.ts';
import { hasAt } from './bytes.ts';
import { type SizeReader, unsupported } from './verdict.ts';

/**
 * Camera raw whose picture is not told from its previews by what TIFF says: CR2
 * has no NewSubfileType, IIQ calls its thumbnail the picture, the others are no
 * TIFF or another kind of it.
 */
const SIGNATURES: [mark: string, at: number, name: string][] = [
  ['CR\x02', 8, 'CR2'],
  ['IIII', 8, 'IIQ'],
  ['MMMM', 8, 'IIQ'],
  ['ftypcrx ', 4, 'CR3'],
  ['HEAPCCDR', 6, 'CRW'],
  ['IIRO', 0, 'ORF'],
  ['IIRS', 0, 'ORF'],
  ['MMOR', 0, 'ORF'],
  ['IIU\0', 0, 'RW2'],
  ['FUJIFILMCCD-RAW', 0, 'RAF'],
  ['FOVb', 0, 'X3F'],
  ['\0MRM', 0, 'MRW'],
];
const LONGEST = 16;

export const UNKNOWN_PICTURE = unsupported(
  'unknown-format',
  'got camera raw that does not say which of its pictures is the main one',
);

export function isCameraRaw(head: Uint8Array): boolean {
  return nameOf(head) !== undefined;
}

/** Says what it is; nothing of it is read. */
export function* readCameraRaw(): SizeReader {
  const head = yield peek(LONGEST);
  return unsupported(
    'unknown-format',
    `got camera raw (${nameOf(head)}), which imgjob can't measure`,
  );
}

function nameOf(head: Uint8Array): string | undefined {
  return SIGNATURES.find(([mark, at]) => hasAt(head, at, mark))?.[2];
}

import { MAX_TAKE, takeUntil } from './byte-feed.ts';
import { hasAt, latin1, u8 } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import { corrupt, noDimensions, type SizeReader, type SizeVerdict } from './verdict.ts';

const FIRST_WINDOW = 128;

// Netpbm: whitespace, or a comment to the end of its line, between the parts of a header.
const GAP = '(?:[\\t\\n\\v\\f\\r ]|#[^\\r\\n]*[\\r\\n])+';
const SIZE = new RegExp(`^P[1-6Ff]${GAP}(\\d+)${GAP}(\\d+)[\\t\\n\\v\\f\\r #]`);
const PAM_END = /^ENDHDR[\t ]*\r?$/m;
const PAM_WIDTH = /^WIDTH[\t ]+(\d+)[\t ]*\r?$/m;
const PAM_HEIGHT = /^HEIGHT[\t ]+(\d+)[\t ]*\r?$/m;

/** Whether it starts as one of the Netpbm formats: "P", a digit or F, then whitespace or a comment. */
export function isPnm(head: Uint8Array): boolean {
  return hasAt(head, 0, 'P') && /^[1-7Ff]$/.test(String.fromCharCode(u8(head, 1))) && isGap(head);
}

/** PBM, PGM, PPM, PAM (Netpbm's manual pages of these names) and PFM: a header of text. */
export function* readPnm(): SizeReader {
  const verdict = yield* takeUntil(FIRST_WINDOW, parseHeader);
  return verdict ?? corrupt('the PNM header has no size');
}

function parseHeader(window: Uint8Array): SizeVerdict | undefined {
  const text = latin1(window);
  const sides = text.startsWith('P7') ? pamSides(text) : SIZE.exec(text)?.slice(1);
  if (sides) return checkedSize(Number(sides[0]), Number(sides[1]), 'pnm');
  const isFull = window.length === MAX_TAKE;
  return isFull
    ? noDimensions(`the PNM header has no size in its first ${MAX_TAKE} bytes`)
    : undefined;
}

function pamSides(text: string): string[] | undefined {
  const end = text.search(PAM_END);
  if (end === -1) return undefined;
  const header = text.slice(0, end);
  return [PAM_WIDTH.exec(header)?.[1] ?? '0', PAM_HEIGHT.exec(header)?.[1] ?? '0'];
}

function isGap(head: Uint8Array): boolean {
  return /^[\t\n\v\f\r #]$/.test(String.fromCharCode(u8(head, 2)));
}

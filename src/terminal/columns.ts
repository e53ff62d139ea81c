import stringWidth from 'string-width';
import { showText } from './prose.ts';
import type { Style } from './style.ts';

/** Text and bars that fit a number of a terminal's columns. */

// No terminal is that wide; bounds the work on a hostile id.
const MAX_CLIPPED = 2000;

/** Foreign text made safe for a terminal and cut to a number of columns. */
export function clip(text: string, columns: number, { unicode }: Style): string {
  const safe = unicode ? showText(text) : showText(text).replace(/[^ -~]/g, '?');
  if (textWidth(safe) <= columns) return safe;
  const room = columns - 1;
  let clipped = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(safe.slice(0, MAX_CLIPPED))) {
    width += stringWidth(segment);
    if (width > room) break;
    clipped += segment;
  }
  return columns > 0 ? clipped + (unicode ? '…' : '~') : '';
}

/** Like `clip`, and filled with blanks up to the number of columns. */
export function clipPadded(text: string, columns: number, style: Style): string {
  const fitted = clip(text, columns, style);
  return fitted + ' '.repeat(Math.max(0, columns - textWidth(fitted)));
}

/** Columns that a text takes in a terminal; escape sequences take none. */
export function textWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** A bar of so many columns, filled to a share from 0 to 1. */
export function drawBar(share: number, columns: number, { unicode }: Style): string {
  const [full, head, empty] = unicode ? ['━', '╸', '─'] : ['=', '>', '-'];
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * columns);
  if (filled >= columns) return full.repeat(columns);
  return full.repeat(filled) + head + empty.repeat(columns - filled - 1);
}

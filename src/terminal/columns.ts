import stringWidth from 'string-width';
import { showText } from './prose.ts';
import type { Style } from './style.ts';

/** Text and bars that fit a number of a terminal's columns. */

// No terminal is that wide; bounds the work on a hostile id.
const MAX_CLIPPED = 2000;

/** Foreign text made safe for a terminal and cut to a number of columns. */
export function clip(text: string, columns: number, style: Style): string {
  const safe = safeText(text, style);
  if (textWidth(safe) <= columns) return safe;
  if (columns < 1) return '';
  return beginning(safe, columns - 1) + cutSign(style);
}

/** The same, cut out of its middle: what tells ids and URLs apart is often at their end. */
export function clipMiddle(text: string, columns: number, style: Style): string {
  const safe = safeText(text, style);
  if (textWidth(safe) <= columns) return safe;
  if (columns < 1) return '';
  const end = Math.floor((columns - 1) / 2);
  const last = fitting(segmentsOf(safe.slice(-MAX_CLIPPED)).reverse(), end).reverse();
  return beginning(safe, columns - 1 - end) + cutSign(style) + last.join('');
}

function safeText(text: string, { unicode }: Style): string {
  return unicode ? showText(text) : showText(text).replace(/[^ -~]/g, '?');
}

function cutSign({ unicode }: Style): string {
  return unicode ? '…' : '~';
}

function segmentsOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

function beginning(text: string, columns: number): string {
  return fitting(segmentsOf(text.slice(0, MAX_CLIPPED)), columns).join('');
}

/** The first segments, as many as have room in so many columns. */
function fitting(segments: string[], columns: number): string[] {
  let width = 0;
  const end = segments.findIndex((segment) => {
    width += stringWidth(segment);
    return width > columns;
  });
  return end === -1 ? segments : segments.slice(0, end);
}

/** Like `clipMiddle`, and filled with blanks up to the number of columns. */
export function clipPadded(text: string, columns: number, style: Style): string {
  const fitted = clipMiddle(text, columns, style);
  return fitted + ' '.repeat(Math.max(0, columns - textWidth(fitted)));
}

/**
 * A text in lines of so many columns; what follows the first begins with
 * `indent`. It is broken where two blanks stand, and between words where what
 * is between those is too wide. A word that is wider is not broken: a path or
 * a URL in two pieces is of no use.
 */
export function fold(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of partsOf(text, columns - indent.length)) {
    if (line !== '' && textWidth(line + part) > columns) {
      lines.push(line);
      line = indent + part.trimStart();
    } else {
      line += part;
    }
  }
  return [...lines, line];
}

/** A word, or a number with its unit. */
const WORD = / *(?:[\d.,]+ (?=(?:m?s|min|h|[kMGT]?B)\b))?[^ ]+/g;

/** What is not broken, each with the blanks before it. */
function partsOf(text: string, columns: number): string[] {
  const cells = text.match(/ *[^ ]+(?: [^ ]+)*/g) ?? [];
  return cells.flatMap((cell) =>
    textWidth(cell.trimStart()) <= columns ? cell : (cell.match(WORD) ?? []),
  );
}

/** Columns that a text takes in a terminal; escape sequences take none. */
export function textWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** Columns that the widest of some texts takes. */
export function widest(texts: string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}

/** A part of a bar: its share, from 0 to 1, and how it is colored. */
type BarPart = { share: number; paint?: (text: string, style: Style) => string };

/**
 * A bar of so many columns, filled by its parts one after another. A painted
 * part is seen however small it is, once there is any bar.
 */
export function drawBar(parts: BarPart[], columns: number, style: Style): string {
  const [full, head, empty] = style.unicode ? ['━', '╸', '─'] : ['=', '>', '-'];
  const share = parts.reduce((sum, part) => sum + part.share, 0);
  const filled = Math.floor(Math.min(1, Math.max(0, share + ROUNDING)) * columns);
  const filling = widthsOf(parts, columns, filled)
    .map((width, index) => {
      const text = full.repeat(width);
      return (width > 0 && parts[index]?.paint?.(text, style)) || text;
    })
    .join('');
  if (filled >= columns) return filling;
  return filling + head + empty.repeat(columns - filled - 1);
}

// Sums of shares fall short of 1.
const ROUNDING = 1e-9;

/** How many of the filled columns each part has: what is not painted has the rest. */
function widthsOf(parts: BarPart[], columns: number, filled: number): number[] {
  let rest = filled;
  const widths = parts.map(({ share, paint }) => {
    if (!paint || share <= 0) return 0;
    const width = Math.min(rest, Math.max(1, Math.round(share * columns)));
    rest -= width;
    return width;
  });
  const plain = parts.findIndex(({ paint }) => !paint);
  return widths.map((width, index) => (index === plain ? rest : width));
}

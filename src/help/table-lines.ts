import { textWidth } from '../terminal/columns.ts';
import { wrap } from './wrap.ts';

const GAP = 2;
const INDENT = 4;

/**
 * A table in so many columns of a terminal: side by side where its last
 * column has room for half of them, else each row as a name with what is
 * said of it below.
 *
 * @param rows the header, and what is under it
 */
export function tableLines(rows: string[][], columns: number): string[] {
  const [header = [], ...body] = rows;
  const shown = header.every((cell) => cell === '') ? body : rows;
  const widths = header.map((_, index) =>
    Math.max(...shown.map((cells) => textWidth(cells[index] ?? ''))),
  );
  const first = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, 0);
  const whole = first + (widths.at(-1) ?? 0);
  if (whole <= columns || first <= columns / 2) return sideBySide(shown, widths, columns - first);
  return body.flatMap((cells, index) => below(cells, header, columns, body[index - 1]));
}

function sideBySide(rows: string[][], widths: number[], room: number): string[] {
  return rows.flatMap((cells) => {
    const begin = cells.slice(0, -1).map((cell, index) => padded(cell, (widths[index] ?? 0) + GAP));
    const [first = '', ...rest] = wrap(cells.at(-1) ?? '', room);
    const margin = ' '.repeat(textWidth(begin.join('')));
    return [begin.join('') + first, ...rest.map((line) => margin + line)];
  });
}

/** A name, and below it the other cells: those after the first of them with the head of their column. */
function below(
  cells: string[],
  header: string[],
  columns: number,
  before: string[] | undefined,
): string[] {
  const [name = '', meaning = '', ...rest] = cells;
  const others = rest.flatMap((cell, index) =>
    cell === '' ? [] : [`${header[index + 2]}: ${cell}`],
  );
  const parts = [meaning, ...others].filter((part) => part !== '');
  const inOne = parts.join(' '.repeat(GAP));
  // More than one would be hard to tell apart in a line.
  const isShort = others.length < 2 && textWidth(inOne) <= columns - INDENT;
  const lines = isShort ? [inOne] : parts.flatMap((part) => wrap(part, columns - INDENT));
  const named = before?.[0] === name ? [] : wrap(name, columns);
  return [...named, ...lines.map((line) => ' '.repeat(INDENT) + line)];
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

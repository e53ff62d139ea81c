import { isUtf8 } from 'node:buffer';
import { forEachLine, type Line, MAX_LINE_LENGTH } from '../files/lines.ts';
import type { ReadableFile } from '../files/readable-file.ts';
import { byteOrderMarkLength, decodeUtf8, nameOtherEncoding } from './encoding.ts';
import type { Position } from './locate.ts';
import { type Row, type RowFault, readRow } from './row.ts';

/** A row of a file. */
export type FileRow = Pick<Row, 'cells' | 'starts'> & {
  /** The text that holds the row, which begins there. */
  text: string;
  from: number;
  /** The line that it begins in, counted from 1. */
  line: number;
  /** Where it begins in the file, and its length up to the next row, in bytes. */
  offset: number;
  length: number;
};

export type RowProblem = Position & { message: string };

export type RowHandlers = {
  /** Says by the text of the first row what parts its cells; null where a row is a line of one cell. */
  delimiterOf: ((text: string) => string) | null;
  onRow(row: FileRow): void;
  /** `text` begins with the row that has the problem; it is empty where that can't be read at all. */
  onProblem(problem: RowProblem, text: string): void;
};

/** Cells may have line ends in quotes; past this the quote was rather forgotten. In bytes. */
const MAX_ROW_LENGTH = 2 ** 20;

const MESSAGES: Record<RowFault['reason'], string> = {
  'open-quote': 'this quote is not closed',
  'stray-quote': 'unexpected quote: put quotes around the cell, and write this one twice',
  'text-after-quote': 'expected the end of the cell after its closing quote',
};

/** Lines that belong together, since a quote is open at the end of all but the last. */
type Lines = { text: string; number: number; offset: number; bytes: number; isOpen: boolean };

/**
 * Calls back for every row of a list, in blocks: no more is held than one, and
 * the lines of a row that has several. After a quote that is never closed
 * nobody can tell what the rest is: it is passed over.
 */
export async function forEachRow(
  file: Pick<ReadableFile, 'read'>,
  { delimiterOf, onRow, onProblem }: RowHandlers,
): Promise<void> {
  let delimiter: string | null = null;
  let isFirst = true;
  let begun: Lines | null = null;
  let isOver = false;

  /** Answers the row that goes on past the lines; at the last, that is a problem. */
  function readRows({ text, number, offset, bytes }: Lines, isLast: boolean): Lines | null {
    if (isFirst && text.trim() !== '') {
      delimiter = delimiterOf?.(text) ?? null;
      isFirst = false;
    }
    let line = number;
    let begin = offset;
    let from = 0;
    do {
      const { cells, starts, end, fault } = readRow(text, from, delimiter);
      const isOpen = fault?.reason === 'open-quote';
      if (isOpen && !isLast) {
        const left = bytes - (begin - offset);
        return { text: text.slice(from), number: line, offset: begin, bytes: left, isOpen };
      }
      const isWhole = from === 0 && end === text.length;
      const length = Buffer.byteLength(isWhole ? text : text.slice(from, end));
      if (fault) onProblem(problemOf(fault, text, from, line), text.slice(from));
      else onRow({ cells, starts, text, from, line, offset: begin, length });
      isOver ||= isOpen;
      if (end < text.length) line = positionIn(text, from, end, line).line;
      begin += length;
      from = end;
    } while (from < text.length);
    return null;
  }

  await forEachLine(file, (line) => {
    if (isOver) return;
    const decoded = decodeLine(line);
    if ('message' in decoded) {
      onProblem({ line: line.number, column: decoded.column, message: decoded.message }, '');
      // Of another encoding every line is wrong: the first one says so for all.
      isOver = decoded.isForeign;
      return;
    }
    const lines = joinLines(begun, decoded.text, line, decoded.skipped);
    const mayGoOn = delimiterOf !== null && lines.bytes <= MAX_ROW_LENGTH;
    // In rows as they must be quotes come in pairs.
    begun = lines.isOpen && mayGoOn ? lines : readRows(lines, !mayGoOn);
  });
  if (begun) readRows(begun, true);
}

function joinLines(begun: Lines | null, text: string, line: Line, skipped: number): Lines {
  const { number, offset, length } = line;
  if (!begun) {
    const isOpen = hasOddQuotes(text);
    return { text, number, offset: offset + skipped, bytes: length, isOpen };
  }
  return {
    ...begun,
    text: `${begun.text}\n${text}`,
    bytes: begun.bytes + 1 + length,
    isOpen: begun.isOpen !== hasOddQuotes(text),
  };
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

type Decoded =
  | { text: string; skipped: number }
  | { column: number; message: string; isForeign: boolean };

/** A line's text, without the byte-order mark that the first may begin with. */
function decodeLine({ number, bytes }: Line): Decoded {
  const wrong = (message: string) => ({ column: 1, message, isForeign: false });
  if (bytes === null) return wrong(`the line is longer than ${MAX_LINE_LENGTH / 2 ** 20} MiB`);
  const skipped = byteOrderMarkLength(bytes);
  if (number > 1 && skipped > 0) return wrong('unexpected byte-order mark');
  if (number > 1 && isUtf8(bytes)) return { text: bytes.toString('utf8'), skipped: 0 };
  const decoded = decodeUtf8(bytes);
  if ('text' in decoded) return { text: decoded.text, skipped };
  const { column, message } = decoded.problem;
  return { column, message, isForeign: nameOtherEncoding(bytes) !== null };
}

function problemOf({ at, reason }: RowFault, text: string, from: number, line: number): RowProblem {
  return { ...positionIn(text, from, at, line), message: MESSAGES[reason] };
}

/** The line and column of a place in a text whose line `line` begins at `from`. */
export function positionIn(text: string, from: number, at: number, line: number): Position {
  const position = { line, column: at - from + 1 };
  for (const { 0: end, index } of text.slice(from, at).matchAll(/\r\n|\n|\r/g)) {
    position.line += 1;
    position.column = at - (from + index + end.length) + 1;
  }
  return position;
}

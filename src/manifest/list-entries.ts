import { withNewlines } from '../files/lone-returns.ts';
import type { ReadableFile } from '../files/readable-file.ts';
import { bounded, MAX_PROBLEMS } from '../syntax/issue.ts';
import { type FileRow, forEachRow, positionIn, type RowProblem } from '../syntax/rows.ts';
import { excerpt } from '../terminal/prose.ts';
import { type Checks, fitsStoreId, MAX_ID_LENGTH } from './accept.ts';
import type { FormBy, ListForm } from './format.ts';
import {
  type Columns,
  chooseDelimiter,
  isDelimiterLine,
  nameDelimiter,
  nameDelimiters,
  readColumns,
  repeatedColumns,
} from './list-columns.ts';
import { type ListEntry, type StoreOf, storesOf } from './list-stores.ts';
import { adviceOn } from './other-forms.ts';

/** Where an entry stands. */
export type EntryPlace = {
  row: FileRow;
  /** Position of the store that it belongs to. */
  store: number;
  /** The cell of its URL, and the name of that column; empty where there are none. */
  cell: number;
  column: string;
};

export type ListProblem = RowProblem & { path: string };

/** How the rows of a list are to be read, which its header says; null for both where it has none. */
export type ListLayout = { delimiter: string | null; columns: Columns | null };

export type EntryHandlers = Checks & {
  /** So many problems are told; 200,000 unless it is said. */
  most_problems?: number | undefined;
  form_by?: FormBy | undefined;
  onEntry(entry: ListEntry, place: EntryPlace): void;
};

/** A list that is being read. */
type Reading = {
  form: ListForm;
  handlers: EntryHandlers;
  problems: ListProblem[];
  layout: ListLayout;
  storeOf: StoreOf;
  stores: number;
  /** Whether a row has come. */
  isBegun: boolean;
  /** Whether the rows have no meaning: what was to tell it can't be read. */
  isOver: boolean;
};

/**
 * Calls back for every image of a list and answers what is wrong with it, in
 * the order of the text, how many stores it has and how it is laid out.
 */
export async function forEachEntry(
  file: Pick<ReadableFile, 'read'>,
  form: ListForm,
  handlers: EntryHandlers,
): Promise<{ problems: ListProblem[]; stores: number; layout: ListLayout }> {
  const reading: Reading = {
    ...{ form, handlers, problems: [], stores: 0, isBegun: false, isOver: false },
    layout: { delimiter: null, columns: null },
    storeOf: storesOf(form),
  };
  await forEachRow(withNewlines(file), {
    delimiterOf: form === 'urls' ? null : (text) => layOut(reading, form, text),
    onRow: (row) => onRow(reading, row),
    onProblem: (problem, text) => onProblem(reading, problem, text),
  });
  const { problems, stores, layout } = reading;
  const most = mostProblems(reading);
  if (isHeaderNext(reading) && problems.length === 0) {
    add(reading, { line: 1, column: 1, message: `the file is empty: expected ${HEADER}` });
  }
  return { problems: bounded(problems, most), stores, layout };
}

function layOut({ layout }: Reading, form: 'csv' | 'tsv', text: string): string {
  layout.delimiter = chooseDelimiter(form, text);
  return layout.delimiter;
}

function isHeaderNext({ form, layout }: Reading): boolean {
  return form !== 'urls' && layout.columns === null;
}

function onRow(reading: Reading, row: FileRow): void {
  if (reading.isOver || isBlank(row)) return;
  const isFirst = !reading.isBegun;
  reading.isBegun = true;
  if (isHeaderNext(reading)) {
    if (!isFirst || !isDelimiterLine(row.text)) readHeader(reading, row);
    return;
  }
  const advice = isFirst ? adviceOnUrls(row.text, reading.handlers.form_by) : null;
  reading.isOver = advice !== null;
  if (advice === null) readEntry(reading, row);
  else addAt(reading, row, 0, `expected one URL on each line: ${advice}`);
}

function onProblem(reading: Reading, problem: RowProblem, text: string): void {
  if (reading.isOver) return;
  // What was to be the header can't be read: without it the rows have no meaning.
  reading.isOver = isHeaderNext(reading);
  const advice = reading.isOver ? adviceOn(text, reading.handlers.form_by) : null;
  if (advice === null) add(reading, problem);
  else add(reading, { ...problem, column: 1, message: `expected ${HEADER}: ${advice}` });
}

function add(reading: Reading, problem: RowProblem, path = ''): void {
  const { problems } = reading;
  if (problems.length <= mostProblems(reading)) problems.push({ ...problem, path });
}

function mostProblems({ handlers }: Reading): number {
  return handlers.most_problems ?? MAX_PROBLEMS;
}

function addAt(reading: Reading, row: FileRow, cell: number, message: string, path = ''): void {
  const at = row.starts[cell] ?? row.from;
  add(reading, { ...positionIn(row.text, row.from, at, row.line), message }, path);
}

function readHeader(reading: Reading, row: FileRow): void {
  const columns = readColumns(row.cells);
  reading.layout.columns = columns;
  for (const cell of repeatedColumns(columns)) {
    addAt(reading, row, cell, 'this column stands twice in the header', columns.names[cell]);
  }
  const { store_id, image_url, visit_time, names } = columns;
  if (store_id === null || image_url === null) {
    addAt(reading, row, 0, missingColumns(reading, columns, row.text));
    reading.isOver = true;
    return;
  }
  const used = [store_id, image_url, visit_time].map((index) => names[index ?? -1] ?? '');
  const fields = names.filter((name) => name !== '').map((name) => [name, null]);
  reading.handlers.unknownFields.note(Object.fromEntries(fields), new Set(used), '');
}

function readEntry(reading: Reading, row: FileRow): void {
  const { layout, handlers, storeOf } = reading;
  const { columns } = layout;
  const entry = entryOf(row, layout);
  if (entry === null) return;
  if (columns && !hasCells(row, columns)) {
    const { length } = row.cells;
    const count = columns.names.length;
    addAt(reading, row, Math.min(count, length - 1), wrongCount(length, count, layout));
    return;
  }
  if (!fitsStoreId(entry.store_id)) {
    const index = columns?.store_id ?? 0;
    addAt(reading, row, index, `expected ${STORE_ID}`, columns?.names[index]);
  }
  const cell = columns?.image_url ?? 0;
  const column = columns?.names[cell] ?? '';
  const why = handlers.checkUrl?.(entry.url);
  if (why) addAt(reading, row, cell, why, column);
  const store = storeOf(entry);
  reading.stores = Math.max(reading.stores, store + 1);
  handlers.onEntry(entry, { row, store, cell, column });
}

/** A row of empty cells is none: so spreadsheets write what was cleared. */
function isBlank({ cells }: FileRow): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/**
 * Whether a row has the cells that are needed, and nothing behind the last
 * column: spreadsheets leave out empty cells at the end of a row, or add some.
 */
function hasCells({ cells }: FileRow, { store_id, image_url, names }: Columns): boolean {
  const needed = 1 + Math.max(store_id ?? 0, image_url ?? 0);
  return cells.length >= needed && cells.slice(names.length).every((cell) => cell.trim() === '');
}

/** What a row holds; null for a remark. A URL without a table is a store, named by its line. */
export function entryOf(
  { cells, line }: Pick<FileRow, 'cells' | 'line'>,
  { columns }: ListLayout,
): ListEntry | null {
  if (columns === null) {
    const url = cells[0]?.trim() ?? '';
    if (url.startsWith('#')) return null;
    return { store_id: String(line), visit_time: null, url: withoutQuotes(url) };
  }
  const { store_id, image_url, visit_time } = columns;
  return {
    store_id: cells[store_id ?? -1] ?? '',
    visit_time: cells[visit_time ?? -1] || null,
    url: cells[image_url ?? -1] ?? '',
  };
}

/** A URL that stands in quotes, as RFC 4180 has them; in one that does not they are its own. */
function withoutQuotes(url: string): string {
  const [, quoted] = /^"((?:[^"]|"")*)"$/.exec(url) ?? [];
  return quoted === undefined ? url : quoted.replaceAll('""', '"').trim();
}

const STORE_ID = `a non-empty string of at most ${MAX_ID_LENGTH} characters`;
const HEADER = 'a header line with the columns store_id and image_url';

function missingColumns({ form, handlers }: Reading, { names }: Columns, text: string): string {
  const advice = adviceOn(text, handlers.form_by);
  if (advice !== null) return `expected ${HEADER}: ${advice}`;
  const shown = excerpt(names.join(', '), 120);
  const parted =
    names.length === 1 && form !== 'urls' ? `, separated by ${nameDelimiters(form)}` : '';
  return `expected ${HEADER} (or url, or image)${parted}, got ${shown}`;
}

function wrongCount(count: number, expected: number, { delimiter }: ListLayout): string {
  const named = nameDelimiter(delimiter ?? ',');
  const quotes = count > expected ? ` (one with a ${named} in it stands in quotes)` : '';
  return `expected ${expected} cells, as the header has, got ${count}${quotes}`;
}

/** A line of a list of URLs may be anything, but for what is clearly of another form. */
function adviceOnUrls(text: string, by: FormBy | undefined): string | null {
  return /^\s*("?https?:|#)/i.test(text) ? null : adviceOn(text, by);
}

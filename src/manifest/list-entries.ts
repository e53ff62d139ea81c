import { ImgjobError } from '../errors.ts';
import type { ReadableFile } from '../files/readable-file.ts';
import { bounded, MAX_PROBLEMS } from '../syntax/issue.ts';
import { type FileRow, forEachRow, positionIn, type RowProblem } from '../syntax/rows.ts';
import { excerpt } from '../terminal/prose.ts';
import { type Checks, fitsStoreId, MAX_ID_LENGTH } from './accept.ts';
import type { ManifestForm } from './format.ts';
import { type Columns, chooseDelimiter, readColumns, repeatedColumns } from './list-columns.ts';
import { adviceOn } from './other-forms.ts';

/** The forms of a list: a row for each image. */
export type ListForm = Exclude<ManifestForm, 'json' | 'ndjson'>;

/** An image of a list, and whose it is. */
export type ListEntry = { store_id: string; visit_time: string | null; url: string };

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
  onEntry(entry: ListEntry, place: EntryPlace): void;
};

/**
 * Calls back for every image of a list and answers what is wrong with it, in
 * the order of the text, how many stores it has and how it is laid out.
 */
export async function forEachEntry(
  file: Pick<ReadableFile, 'read'>,
  form: ListForm,
  { onEntry, checkUrl, unknownFields, most_problems: most = MAX_PROBLEMS }: EntryHandlers,
): Promise<{ problems: ListProblem[]; stores: number; layout: ListLayout }> {
  const problems: ListProblem[] = [];
  const layout: ListLayout = { delimiter: null, columns: null };
  const storeOf = form === 'urls' ? countStores() : groupStores();
  let stores = 0;
  let isFirst = true;
  let isHeaderBad = false;

  const add = (problem: RowProblem, path = '') => {
    if (problems.length <= most) problems.push({ ...problem, path });
  };
  const addAt = (row: FileRow, cell: number, message: string, path = '') => {
    const at = row.starts[cell] ?? row.from;
    add({ ...positionIn(row.text, row.from, at, row.line), message }, path);
  };

  function readHeader(row: FileRow): void {
    const columns = readColumns(row.cells);
    layout.columns = columns;
    for (const cell of repeatedColumns(columns)) {
      addAt(row, cell, 'this column stands twice in the header', columns.names[cell]);
    }
    if (columns.store_id === null || columns.image_url === null) {
      addAt(row, 0, missingColumns(columns, row.text));
      isHeaderBad = true;
      return;
    }
    const { store_id, image_url, visit_time, names } = columns;
    const used = [store_id, image_url, visit_time].map((index) => names[index ?? -1] ?? '');
    const fields = names.filter((name) => name !== '').map((name) => [name, null]);
    unknownFields.note(Object.fromEntries(fields), new Set(used), '');
  }

  function readEntry(row: FileRow): void {
    const { columns } = layout;
    const entry = entryOf(row, layout);
    if (entry === null) return;
    const cell = columns?.image_url ?? 0;
    const column = columns?.names[cell] ?? '';
    const count = columns ? columns.names.length : 1;
    if (row.cells.length !== count) {
      addAt(row, Math.min(count, row.cells.length - 1), wrongCount(row.cells.length, count));
      return;
    }
    if (!fitsStoreId(entry.store_id)) {
      const index = columns?.store_id ?? 0;
      addAt(row, index, `expected ${STORE_ID}`, columns?.names[index]);
    }
    const why = checkUrl?.(entry.url);
    if (why) addAt(row, cell, why, column);
    const store = storeOf(entry);
    stores = Math.max(stores, store + 1);
    onEntry(entry, { row, store, cell, column });
  }

  const chooseAndKeep = (header: string) => {
    const delimiter = chooseDelimiter(form === 'urls' ? 'csv' : form, header);
    layout.delimiter = delimiter;
    return delimiter;
  };
  const isHeaderNext = () => form !== 'urls' && layout.columns === null;
  await forEachRow(file, {
    delimiterOf: form === 'urls' ? null : chooseAndKeep,
    onRow(row) {
      if (isHeaderBad || isBlank(row)) return;
      const advice = form === 'urls' && isFirst ? adviceOnUrls(row.text) : null;
      isFirst = false;
      if (advice !== null) {
        addAt(row, 0, `expected a URL a line: ${advice}`);
        isHeaderBad = true;
        return;
      }
      if (isHeaderNext()) readHeader(row);
      else readEntry(row);
    },
    onProblem(problem, text) {
      if (isHeaderBad) return;
      // What was to be the header can't be read: without it the rows have no meaning.
      isHeaderBad = isHeaderNext();
      const advice = isHeaderBad ? adviceOn(text) : null;
      if (advice === null) add(problem);
      else add({ ...problem, column: 1, message: `expected ${HEADER}: ${advice}` });
    },
  });
  if (isHeaderNext() && problems.length === 0) {
    add({ line: 1, column: 1, message: `the file is empty: expected ${HEADER}` });
  }
  return { problems: bounded(problems, most), stores, layout };
}

/** A row of empty cells is none: so spreadsheets write what was cleared. */
function isBlank({ cells }: FileRow): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** What a row holds; null for a remark. A URL without a table is a store, named by its line. */
export function entryOf(
  { cells, line }: Pick<FileRow, 'cells' | 'line'>,
  { columns }: ListLayout,
): ListEntry | null {
  if (columns === null) {
    const url = cells[0]?.trim() ?? '';
    if (url.startsWith('#')) return null;
    return { store_id: String(line), visit_time: null, url };
  }
  const { store_id, image_url, visit_time } = columns;
  return {
    store_id: cells[store_id ?? -1] ?? '',
    visit_time: cells[visit_time ?? -1] || null,
    url: cells[image_url ?? -1] ?? '',
  };
}

const STORE_ID = `a non-empty string of at most ${MAX_ID_LENGTH} characters`;
const HEADER = 'a header line with the columns store_id and image_url';

function missingColumns({ names }: Columns, text: string): string {
  const advice = adviceOn(text);
  if (advice !== null) return `expected ${HEADER}: ${advice}`;
  const shown = excerpt(names.join(', '), 120);
  return `expected ${HEADER} (or url, or image), got ${shown}`;
}

function wrongCount(count: number, expected: number): string {
  const quotes = count > expected ? ' (one with a comma in it stands in quotes)' : '';
  return `expected ${expected} cells, as the header has, got ${count}${quotes}`;
}

/** A line of a list of URLs may be anything, but for what is clearly of another form. */
function adviceOnUrls(text: string): string | null {
  return /^\s*(https?:|#)/i.test(text) ? null : adviceOn(text);
}

function countStores(): () => number {
  let count = 0;
  return () => count++;
}

/** Rows of one id and time are one store, in the order of their first rows. */
function groupStores(): (entry: ListEntry) => number {
  const stores = new Map<string, number>();
  const add = (key: string) => {
    if (stores.size === MAX_GROUPS) throw tooManyStores();
    stores.set(key, stores.size);
    return stores.size - 1;
  };
  return ({ store_id, visit_time }) => {
    const key = `${store_id.length} ${store_id}${visit_time ?? ''}`;
    return stores.get(key) ?? add(key);
  };
}

/** More than a map can hold. */
const MAX_GROUPS = 2 ** 24;

function tooManyStores(): ImgjobError {
  const message = `it has more than ${MAX_GROUPS} stores, which is more than a table may have`;
  return new ImgjobError('manifest-unreadable', message, {
    hint: 'write it as NDJSON, one store a line: that may have any number',
  });
}

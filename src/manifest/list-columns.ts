import { readRow } from '../syntax/row.ts';

/** Which column of a table holds what, by position; null for one that there is none of. */
export type Columns = {
  names: string[];
  store_id: number | null;
  image_url: number | null;
  visit_time: number | null;
};

/** The names that a column may have; of several in one header the first of these counts. */
const NAMES = {
  store_id: ['store_id'],
  image_url: ['image_url', 'url', 'image'],
  visit_time: ['visit_time'],
};

/** `Store ID`, as a spreadsheet may have it, is store_id. */
function keyOf(name: string): string {
  return name.toLowerCase().replace(/[ -]/g, '_');
}

/** Columns are known by the names in the header, whatever their case and what parts their words. */
export function readColumns(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim());
  const known = names.map(keyOf);
  const find = (wanted: readonly string[]) => {
    const name = wanted.find((one) => known.includes(one));
    return name === undefined ? null : known.indexOf(name);
  };
  return {
    names,
    store_id: find(NAMES.store_id),
    image_url: find(NAMES.image_url),
    visit_time: find(NAMES.visit_time),
  };
}

/** Where the name of a column that is read stands again. In those that are ignored nothing is lost. */
export function repeatedColumns({ names, store_id, image_url, visit_time }: Columns): number[] {
  const known = names.map(keyOf);
  return [store_id, image_url, visit_time]
    .flatMap((read) => known.flatMap((name, at) => (isAgain(known, read, name, at) ? [at] : [])))
    .sort((a, b) => a - b);
}

function isAgain(known: string[], read: number | null, name: string, at: number): boolean {
  return read !== null && at > read && name === known[read];
}

/** Spreadsheets write the comma of their CSV by the country they are set to. */
const DELIMITERS = { csv: [',', ';', '\t'], tsv: ['\t'] };
const DELIMITER_NAMES = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
]);
/** A first line by which Excel is told what parts the cells. */
const DELIMITER_LINE = /^"?sep=([^"\r\n])"?(?=[\r\n]|$)/i;

/** What parts the cells of a table: as its first line says, else the first with which this has the columns. */
export function chooseDelimiter(form: keyof typeof DELIMITERS, text: string): string {
  const [usual = ','] = DELIMITERS[form];
  const said = DELIMITER_LINE.exec(text)?.[1];
  return said ?? DELIMITERS[form].find((delimiter) => isHeader(text, delimiter)) ?? usual;
}

/** Whether a line says what parts the cells of the others, and nothing more. */
export function isDelimiterLine(text: string): boolean {
  return DELIMITER_LINE.test(text);
}

/** `comma`, or the sign itself. */
export function nameDelimiter(delimiter: string): string {
  return DELIMITER_NAMES.get(delimiter) ?? delimiter;
}

/** What may part the cells of a table, in words. */
export function nameDelimiters(form: keyof typeof DELIMITERS): string {
  const names = DELIMITERS[form].map((delimiter) => `${nameDelimiter(delimiter)}s`);
  return names.join(', ').replace(/, (?=\w+$)/, ' or ');
}

/** Whether the first line of a text names the columns of a table. */
export function isHeader(text: string, delimiter: string): boolean {
  const { store_id, image_url } = readColumns(readRow(text, 0, delimiter).cells);
  return store_id !== null && image_url !== null;
}

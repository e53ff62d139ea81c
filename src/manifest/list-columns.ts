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

/** Columns are known by the names in the header, whatever their case. */
export function readColumns(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim());
  const known = names.map((name) => name.toLowerCase());
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

/** Where each name is written that stands in the header before already; these are other columns. */
export function repeatedColumns({ names }: Columns): number[] {
  const known = names.map((name) => name.toLowerCase());
  return known.flatMap((name, index) =>
    name !== '' && known.indexOf(name) < index ? [index] : [],
  );
}

/** Spreadsheets write the comma of their CSV by the country they are set to. */
const DELIMITERS = { csv: [',', ';', '\t'], tsv: ['\t'] };

/** What parts the cells of a table, by its header: the first with which this has the columns. */
export function chooseDelimiter(form: keyof typeof DELIMITERS, header: string): string {
  const [usual = ','] = DELIMITERS[form];
  return DELIMITERS[form].find((delimiter) => isHeader(header, delimiter)) ?? usual;
}

/** Whether the first line of a text names the columns of a table. */
export function isHeader(text: string, delimiter: string): boolean {
  const { store_id, image_url } = readColumns(readRow(text, 0, delimiter).cells);
  return store_id !== null && image_url !== null;
}

import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { readRow } from '../../src/syntax/row.ts';
import { createRandom } from '../support/random.ts';

/** Every row of a text; null where one has a fault. */
function rowsOf(text: string, delimiter: string): string[][] | null {
  const rows: string[][] = [];
  for (let from = 0; from < text.length; ) {
    const { cells, end, fault } = readRow(text, from, delimiter);
    if (fault) return null;
    rows.push(cells);
    from = end;
  }
  return rows;
}

/** The same by csv-parse. */
function parsedRows(text: string, delimiter: string): string[][] | null {
  try {
    return parse(text, {
      ...{ delimiter, relax_column_count: true },
      record_delimiter: ['\r\n', '\n', '\r'],
    });
  } catch {
    return null;
  }
}

describe.each([',', '\t', ';'])('rows that are parted by "%s"', (delimiter) => {
  it('are those that csv-parse reads, and what it refuses is refused', () => {
    const { below } = createRandom(22);
    const pieces = ['"', '"', '""', delimiter, '\n', '\r\n', '\r', 'a', 'é🏬', ' ', '#'];
    let read = 0;
    for (let round = 0; round < 4000; round += 1) {
      const text = Array.from(
        { length: 1 + (round % 12) },
        () => pieces[below(pieces.length)],
      ).join('');
      const expected = parsedRows(text, delimiter);
      expect(rowsOf(text, delimiter), JSON.stringify(text)).toEqual(expected);
      if (expected) read += 1;
    }
    // Neither all nor none.
    expect(read).toBeGreaterThan(400);
    expect(read).toBeLessThan(3600);
  });
});

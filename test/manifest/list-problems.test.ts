import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTarget } from '../../src/download/target.ts';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const checkUrl = (url: string) => {
  const target = parseTarget(url);
  return 'code' in target ? target.code : null;
};
const URL = 'https://x.example/a.jpg';
const HEADER = 'store_id,image_url,note';

const refuse = (text: string | Buffer, name = 'list.csv') => reader.refuse(text, { name });

describe('a table is refused', () => {
  const STORE_ID = 'expected a non-empty string of at most 256 characters';
  const COLUMNS = 'expected a header line with the columns store_id and image_url';
  const STRAY = 'unexpected quote: put quotes around the cell, and write this one twice';

  it.each([
    ['without a header', '', `1:1  the file is empty: ${COLUMNS}`],
    ['of blank lines', '\n\n', `1:1  the file is empty: ${COLUMNS}`],
    [
      'without URLs',
      'store_id,photo\nS1,x',
      `1:1  ${COLUMNS} (or url, or image), got store_id, photo`,
    ],
    [
      'with a column twice',
      `store_id,url,URL\nS1,a,b`,
      '1:14  URL  this column stands twice in the header',
    ],
    ['with an empty store_id', `${HEADER}\n,${URL},x`, `2:1  store_id  ${STORE_ID}`],
    ['with a long store_id', `${HEADER}\n${'x'.repeat(257)},a,b`, `2:1  store_id  ${STORE_ID}`],
    ['with too few cells', `${HEADER}\nS1`, '2:1  expected 3 cells, as the header has, got 1'],
    [
      'with too many cells, separated by semicolons',
      'store_id;url;note\nS1;https://x.example/a;b.jpg;x;y',
      '2:30  expected 3 cells, as the header has, got 5 (one with a semicolon in it stands in quotes)',
    ],
    [
      'parted by what is none of them',
      'store_id|url\nS1|x',
      `1:1  ${COLUMNS} (or url, or image), separated by commas, semicolons or tabs, got store_id|url`,
    ],
    [
      'that says what parts its cells, and has others',
      'sep=;\nstore_id,url\nS1,x',
      `2:1  ${COLUMNS}: this looks like CSV (--manifest-format csv)`,
    ],
    [
      'with too many cells',
      `${HEADER}\nS1,https://x.example/a,b.jpg,x`,
      '2:30  expected 3 cells, as the header has, got 4 (one with a comma in it stands in quotes)',
    ],
    ['with a quote in a cell', `${HEADER}\nS1,a"b,x\nS2,a,b`, `2:5  ${STRAY}`],
    [
      'with text after a quote',
      `${HEADER}\nS1,"a" b,x`,
      '2:7  expected the end of the cell after its closing quote',
    ],
    [
      'with a quote that is not closed',
      `${HEADER}\nS1,"a,x\nS2,b,c`,
      '2:4  this quote is not closed',
    ],
    ['with a second mark', `${HEADER}\n\ufeffS1,a,b`, '2:1  unexpected byte-order mark'],
  ])('%s', async (_, text, problem) => {
    expect(await refuse(text)).toEqual([`list.csv:${problem}`]);
  });

  it('with all its problems, in their order', async () => {
    const text = `${HEADER}\n,a,b\nS1,a"b,x\n\nS2\n"two\nlines","a"b,c\nS3,${URL},c\n`;
    const places = (await refuse(text)).map((line) => line.split('  ')[0]);
    expect(places).toEqual(['list.csv:2:1', 'list.csv:3:5', 'list.csv:5:1', 'list.csv:7:11']);
  });

  it('where a quote is forgotten in a large file, at that quote', async () => {
    const rows = `S1,${URL},x\n`.repeat(100_000);
    expect(await refuse(`${HEADER}\nS0,"${URL},x\n${rows}`)).toEqual([
      'list.csv:2:4  this quote is not closed',
    ]);
  });

  it('that is not UTF-8, with the place of the byte', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\nS`),
      Buffer.from([0xe9]),
      Buffer.from(`,a,b\n`),
    ]);
    expect(await refuse(bytes)).toEqual([
      expect.stringMatching(/^list\.csv:2:2 {2}not UTF-8: this byte is not part of a character/),
    ]);
  });

  it.each(
    ['list.csv', 'list.tsv', 'list.txt', 'list.json', 'list.ndjson'].flatMap((name) => [
      [name, '\ufeff', 'little'],
      [name, '', 'little'],
      [name, '\ufeff', 'big'],
      [name, '', 'big'],
    ]),
  )('that is UTF-16, once (%s with "%s" before it, %s end first)', async (name = '', mark, end) => {
    const bytes = Buffer.from(`${mark}${HEADER}\nS1,a,b\n`, 'utf16le');
    expect(await refuse(end === 'big' ? bytes.swap16() : bytes, name)).toEqual([
      `${name}:1:1  not UTF-8: this is UTF-16, save it as UTF-8`,
    ]);
  });
});

it('URLs that can not be fetched are told with their column', async () => {
  const path = reader.write('urls.csv', `store_id,url\nS1,ftp://x.example/a\nS1,${URL}\nS2,\n`);
  const outcome = await reader.read(path, { checkUrl });
  expect(outcome).toMatchObject({
    problems: [
      { line: 2, column: 4, path: 'url', message: 'unsupported-scheme' },
      { line: 4, column: 4, path: 'url', message: 'invalid-url' },
    ],
  });
});

describe('what is of another form says which, and what was expected', () => {
  const CSV = `store_id,url\nS1,${URL}\n`;
  const NDJSON = `{"store_id":"S1","images":["${URL}"]}\n{"store_id":"S2","images":[]}\n`;
  const JSON_TEXT = `{\n  "stores": []\n}\n`;
  const looksLike = (what: string, form: string) =>
    `this looks like ${what} (--manifest-format ${form})`;

  it.each([
    ['m.json', CSV, looksLike('CSV', 'csv')],
    ['m.json', '"store_id","url"\n', looksLike('CSV', 'csv')],
    ['m.json', CSV.replaceAll(',', '\t'), looksLike('TSV', 'tsv')],
    ['m.json', `# x\n${URL}\n`, looksLike('a list of URLs', 'urls')],
    ['m.yaml', 'stores:\n  - store_id: S1\n', 'this looks like YAML, which is not read'],
    ['m.yml', '---\nstores: []\n', 'this looks like YAML, which is not read'],
    ['m.xml', '<stores/>', 'this looks like XML or HTML, which is not read'],
    ['m.json', `sep=;\n${CSV}`, looksLike('CSV', 'csv')],
  ])('%s: %j', async (name, text, advice) => {
    expect(await refuse(text, name)).toEqual([
      `${name}:1:1  expected a manifest as JSON: ${advice}`,
    ]);
  });

  it.each([
    ['m.ndjson', CSV, looksLike('CSV', 'csv')],
    ['m.csv', NDJSON, looksLike('NDJSON', 'ndjson')],
    ['m.csv', JSON_TEXT, looksLike('JSON', 'json')],
    ['m.csv', `${URL}\n${URL}\n`, looksLike('a list of URLs', 'urls')],
    ['m.tsv', CSV, looksLike('CSV', 'csv')],
    ['m.txt', JSON_TEXT, looksLike('JSON', 'json')],
    ['m.txt', NDJSON, looksLike('NDJSON', 'ndjson')],
    ['m.txt', CSV, looksLike('CSV', 'csv')],
  ])('%s: %j', async (name, text, advice) => {
    const problems = await refuse(text, name);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(advice);
  });

  it('or in which others it may be, where it looks like none', async () => {
    expect(await refuse('x{', 'm.json')).toEqual([
      'm.json:1:1  expected a manifest as JSON, or in another form with --manifest-format ndjson, csv, tsv or urls',
    ]);
  });

  it('but JSON with a fault in it says where that is', async () => {
    expect(await refuse('{"stores": [', 'm.json')).toEqual([
      'm.json:1:13  unexpected end of the file',
    ]);
  });
});

describe('what is compressed names the command that unpacks it into a pipe', () => {
  it.each([
    ['list.csv.gz', 'csv'],
    ['big.ndjson.gz', 'ndjson'],
    ['list.txt.gz', 'urls'],
    ['m.json.gz', 'json'],
  ])('%s', async (name, form) => {
    const path = reader.write(name, gzipSync('store_id,url\n'));
    const outcome = await reader.read(path);
    expect(outcome).toMatchObject({
      problems: [
        {
          ...{ line: 1, column: 1 },
          message: `this is compressed: run gzip -dc ${path} | imgjob run --manifest-format ${form} -`,
        },
      ],
    });
  });

  it('whatever its name', async () => {
    for (const name of ['list.csv', 'list.ndjson', 'list.txt']) {
      expect(await refuse(gzipSync('x'), name)).toEqual([expect.stringContaining('gzip -dc ')]);
    }
  });

  /** The first file in a ZIP file, by its name. */
  const zip = (name: string) =>
    Buffer.concat([
      Buffer.from('504b0304140000000800', 'hex'),
      Buffer.alloc(20),
      Buffer.from(name),
    ]);

  it.each([
    ['list.xlsx', zip('[Content_Types].xml'), 'an Excel workbook (.xlsx)'],
    ['list.csv', zip('xl/workbook.xml'), 'an Excel workbook (.xlsx)'],
    ['LIST.XLSM', zip('[Content_Types].xml'), 'an Excel workbook (.xlsm)'],
    [
      'list.tsv',
      zip('mimetypeapplication/vnd.oasis.opendocument.spreadsheet'),
      'an OpenDocument spreadsheet (.ods)',
    ],
    ['list.numbers', zip('Index/Document.iwa'), 'a Numbers spreadsheet (.numbers)'],
    [
      'list.xls',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      'an Excel workbook of the older form (.xls)',
    ],
    ['list.txt', zip('photos/a.jpg'), 'a spreadsheet, or another ZIP file'],
    ['list.ndjson', zip('xl/workbook.xml'), 'an Excel workbook (.xlsx)'],
  ])('%s is a spreadsheet, which is to be saved as CSV', async (name, bytes, what) => {
    expect(await refuse(bytes, name)).toEqual([
      `${name}:1:1  this is ${what}: save its sheet as CSV (UTF-8)`,
    ]);
  });
});

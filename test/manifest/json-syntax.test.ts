import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const refuse = (text: string | Buffer, name = 'manifest.json') => reader.refuse(text, { name });

describe('JSON that is not JSON', () => {
  it.each([
    ['a missing comma', '{\n  "count": 0\n  "stores": []\n}', '3:3  expected a comma'],
    ['a comma too many in a list', '{"stores": [\n  1,\n]}', '3:1  expected no comma before ]'],
    ['a comma too many in an object', '{"stores": [],\n}', '2:1  expected no comma before }'],
    ['a missing colon', '{"stores" []}', '1:11  expected a colon'],
    ['a missing value', '{"count": , "stores": []}', '1:11  expected a value'],
    ['a line comment', '{\n  // all of them\n  "stores": []}', '2:3  JSON has no comments'],
    ['a block comment', '{"stores": [] /* all */}', '1:15  JSON has no comments'],
    ['a single quote', "{'stores': []}", "1:2  unexpected 'stores': JSON has double quotes only"],
    ['a name without quotes', '{stores: []}', '1:2  unexpected stores'],
    ['a word', '{"count": NaN, "stores": []}', '1:11  unexpected NaN'],
    ['a curly quote', '{“stores”: []}', '1:2  unexpected “stores”'],
    ['a number cut short', '{"count": 1., "stores": []}', '1:11  this number is not complete'],
    [
      'a page',
      '<!doctype html>\n<title>404</title>',
      '1:1  expected a manifest as JSON: this looks like XML or HTML, which is not read',
    ],
    [
      'a wrong escape',
      '{"stores": [\n{"store_id": "C:\\x"}]}',
      '2:14  this string has a backslash before the wrong character',
    ],
    [
      'a wrong \\u escape',
      '{"job_id": "\\u12"}',
      '1:12  this string has a \\u without four hexadecimal digits',
    ],
    [
      'a tab in a string',
      '{"job_id": "a\tb"}',
      '1:12  this string has a tab or another control character: write it as an escape',
    ],
    [
      'a string over two lines',
      '{"job_id": "a\nb"}',
      '1:12  this string has no closing quote on its line',
    ],
    [
      'a second document',
      '{"stores": []}\n{"stores": []}',
      '2:1  expected the end of the file (a file with one store on each line is NDJSON)',
    ],
  ])('because of %s is one problem with its place', async (_, text, problem) => {
    expect(await refuse(text)).toEqual([`manifest.json:${problem}`]);
  });

  it.each([
    ['an object', '{', '1:2'],
    ['a name', '{"stores"', '1:10'],
    ['a list', '{"stores": [\n', '2:1'],
    ['a store', '{"stores": [{"store_id": "S1",', '1:31'],
    ['all but the last bracket', '{\n"stores": []', '2:13'],
  ])('because it ends within %s is one problem with its place', async (_, text, place) => {
    expect(await refuse(text)).toEqual([`manifest.json:${place}  unexpected end of the file`]);
  });

  it('because of a character that shows nothing is named by its number', async () => {
    expect(await refuse('{\u0000')).toEqual(['manifest.json:1:2  unexpected character U+0000']);
    expect(await refuse('{\u00a0"stores": []}')).toEqual([
      'manifest.json:1:2  unexpected character U+00A0',
    ]);
  });

  it('is a problem where it is large', async () => {
    const text = JSON.stringify({ stores: Array.from({ length: 20_000 }, (_, id) => ({ id })) });
    expect(await refuse(`${text.slice(0, -2)},]}`)).toEqual([
      `manifest.json:1:${text.length}  expected no comma before ]`,
    ]);
  });

  it.each(['', '\ufeff', ' \r\n\t\n'])('because it is empty (%j) is said so', async (text) => {
    expect(await refuse(text)).toEqual([
      'manifest.json:1:1  the file is empty: expected a manifest',
    ]);
  });
});

describe('deep nesting', () => {
  const DEPTH = 100_000;
  const open = '['.repeat(DEPTH);
  const lists = open + ']'.repeat(DEPTH);
  const objects = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;

  it('in place of a store is one problem', async () => {
    expect(await refuse(`{\n"stores": [${lists}]}`)).toEqual([
      'manifest.json:2:12  stores[0]  expected a store (an object with store_id and images), got list',
    ]);
    expect(await refuse(`{\n"stores": [${objects}]}`)).toHaveLength(2);
  });

  it('in place of a URL is one problem', async () => {
    const line = `{"store_id": "S1", "images": [${lists}]}`;
    const problem = 'stores[0].images[0]  expected a URL string, got list';
    expect(await refuse(`{"stores": [${line}]}`)).toEqual([`manifest.json:1:43  ${problem}`]);
    expect(await refuse(line, 'm.ndjson')).toEqual([`m.ndjson:1:31  ${problem}`]);
  });

  it('in an unknown field is ignored like the field', async () => {
    const { warnings } = await reader.accept(`{"stores": [], "x": ${objects}}`);
    expect(warnings).toEqual(['ignored unknown fields: x']);
  });

  it('that never ends is one problem', async () => {
    expect(await refuse(open)).toEqual([
      `manifest.json:1:${DEPTH + 1}  unexpected end of the file`,
    ]);
    expect(await refuse(`${open}x`)).toHaveLength(1);
    expect(await refuse(open, 'm.ndjson')).toEqual([
      `m.ndjson:1:${DEPTH + 1}  unexpected end of the line`,
    ]);
  });

  it('after a blank of millions of spaces is one problem', async () => {
    expect(await refuse(`{"stores": ${' '.repeat(2_000_000)}x}`)).toHaveLength(1);
  });
});

describe('encodings', () => {
  const text = '{"stores": [\n  {"store_id": "Café", "images": []}\n]}';
  const line = '{"store_id": "Café", "images": []}\n';

  it('is UTF-8, with or without a byte-order mark', async () => {
    for (const start of ['', '\ufeff']) {
      const { manifest } = await reader.accept(start + text);
      expect((await manifest.store(0)).store_id).toBe('Café');
    }
  });

  it('allows one byte-order mark, not two', async () => {
    expect(await refuse(`\ufeff\ufeff${text}`)).toEqual([
      'manifest.json:1:1  unexpected character U+FEFF',
    ]);
  });

  it.each([
    ['little', (bytes: Buffer) => bytes],
    ['big', (bytes: Buffer) => bytes.swap16()],
  ])('is not UTF-16 (%s endian)', async (_, order) => {
    const bytes = order(Buffer.from(`\ufeff${text}`, 'utf16le'));
    const problem = '1:1  not UTF-8: this is UTF-16, save it as UTF-8';
    expect(await refuse(bytes)).toEqual([`manifest.json:${problem}`]);
    const [first] = await refuse(order(Buffer.from(`\ufeff${line}${line}`, 'utf16le')), 'm.ndjson');
    expect(first).toBe(`m.ndjson:${problem}`);
  });

  it('is not Latin-1: the first such byte is named', async () => {
    expect(await refuse(Buffer.from(text, 'latin1'))).toEqual([
      expect.stringMatching(/^manifest\.json:2:20 {2}not UTF-8: /),
    ]);
    expect(await refuse(Buffer.from(`\n${line}${line}`, 'latin1'), 'm.ndjson')).toEqual([
      expect.stringMatching(/^m\.ndjson:2:18 {2}not UTF-8: /),
      expect.stringMatching(/^m\.ndjson:3:18 {2}not UTF-8: /),
    ]);
  });

  it('is not UTF-8 where a character is cut in half', async () => {
    const bytes = Buffer.from('{"store_id": "é');
    const problem = /:1:15 {2}not UTF-8: /;
    expect(await refuse(bytes.subarray(0, -1))).toEqual([expect.stringMatching(problem)]);
    expect(await refuse(bytes.subarray(0, -1), 'm.ndjson')).toEqual([
      expect.stringMatching(problem),
    ]);
  });
});

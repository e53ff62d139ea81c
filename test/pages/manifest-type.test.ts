import { describe, expect, it } from 'vitest';
import { typeOf } from '../../src/browser/manifest-type.ts';

const JSON_TEXT = '{\n "stores": []\n}';
const LINES = '{"store_id":"S1","images":[]}\n{"store_id":"S2","images":[]}\n';

describe('the form of a manifest', () => {
  it.each([
    ['stores.json', 'application/json'],
    ['stores.ndjson', 'application/x-ndjson'],
    ['stores.JSONL', 'application/x-ndjson'],
    ['stores.csv', 'text/csv'],
    ['stores.tsv', 'text/tab-separated-values'],
    ['urls.txt', 'text/uri-list'],
  ])('is that of %s by its name, whatever is in it', (name, type) => {
    expect(typeOf(name, 'x')).toBe(type);
  });

  it.each([
    ['a document', JSON_TEXT, 'application/json'],
    ['a document in one line', '{"stores":[]}', 'application/json'],
    ['a store a line', LINES, 'application/x-ndjson'],
    [
      'a store a line, as Windows ends them',
      LINES.replaceAll('\n', '\r\n'),
      'application/x-ndjson',
    ],
    ['cells', 'store_id\timage_url\nS1\thttps://a/b', 'text/tab-separated-values'],
    ['rows', '\ufeffstore_id,image_url\nS1,https://a/b', 'text/csv'],
    ['URLs', '\n# two\nhttps://a/b\nhttps://a/c', 'text/uri-list'],
    ['nothing', '', 'application/json'],
    ['prose', 'three shops', 'application/json'],
  ])('is known of %s', (_, text, type) => {
    expect([typeOf('', text), typeOf('manifest', text)]).toEqual([type, type]);
  });
});

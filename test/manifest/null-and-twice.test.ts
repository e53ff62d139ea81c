import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../support/random.ts';
import { createReader, type Reader, storesOf } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const STORE = { store_id: 'S1', images: ['a'] };

describe('null in an optional field', () => {
  it.each([
    { $schema: null, job_id: null, count: null, visits: null, stores: [STORE] },
    { stores: null, visits: [{ store_id: 'S1', image_url: ['a'] }] },
    { stores: [{ ...STORE, visit_time: null }] },
  ])('is as good as its absence: %j', async (value) => {
    const { manifest, named, warnings } = await reader.accept(value);
    expect([named, warnings]).toEqual([false, []]);
    expect(await storesOf(manifest)).toEqual([{ ...STORE, visit_time: null }]);
  });

  it('is so in NDJSON too', async () => {
    const lines = [
      { ...STORE, visit_time: null },
      { store_id: 'S1', images: null, image_url: ['a'] },
    ];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    const { manifest } = await reader.accept(text, { name: 'manifest.ndjson' });
    expect((await storesOf(manifest)).map(({ images }) => images)).toEqual([['a'], ['a']]);
  });

  it.each([
    [{ stores: null, visits: null }, 'stores  missing: expected a list of stores'],
    [{ stores: [{ ...STORE, store_id: null }] }, 'store_id  expected a non-empty string'],
    [{ stores: [{ ...STORE, images: null }] }, 'images  expected a list of URLs, got null'],
  ])('is a problem in one that must be there: %j', async (value, problem) => {
    expect(await reader.refuse(value)).toEqual([expect.stringContaining(problem)]);
  });
});

const TWICE = 'this key stands twice in one object: first at';

describe('a key that stands twice in one object', () => {
  it('is a problem, with both places', async () => {
    const text = '{"stores": [{"store_id": "S",\n  "images": ["a"],\n  "images": []}]}';
    expect(await reader.refuse(text)).toEqual([
      `manifest.json:3:3  stores[0].images  ${TWICE} 2:3`,
    ]);
  });

  it('is one however it is written, and each time', async () => {
    const text =
      '{"stores" : [], "st\\u006fres"\n:[], "\\"": 1, "stores":[], "x": "\\"stores\\":"}';
    expect(await reader.refuse(text)).toEqual([
      `manifest.json:1:17  stores  ${TWICE} 1:2`,
      `manifest.json:2:15  stores  ${TWICE} 1:2`,
    ]);
  });

  it('is one in what nobody reads, too', async () => {
    const text = '{"stores": [], "note": [{"a": 1}, {"b": {"c": 1, "c": 2}}]}';
    expect(await reader.refuse(text)).toEqual([`manifest.json:1:50  note[1].b.c  ${TWICE} 1:42`]);
  });

  it('is one in a line of NDJSON', async () => {
    const text = `${JSON.stringify(STORE)}\n{"store_id": "S", "images": [], "store_id": "T"}\n`;
    expect(await reader.refuse(text, { name: 'manifest.ndjson' })).toEqual([
      `manifest.ndjson:2:33  stores[1].store_id  ${TWICE} 2:2`,
    ]);
  });

  it('is one where it is too deep to be walked to', async () => {
    const [open, close] = ['['.repeat(100_000), ']'.repeat(100_000)];
    const text = `{"stores": [], "x": ${open}{"a": 1, "a": 2}${close}}`;
    expect(await reader.refuse(text)).toEqual([
      'manifest.json:1:1  of some object: this key stands twice in one object',
    ]);
  });

  it('is not seen where there is none, whatever strings hold', async () => {
    const { below } = createRandom(3);
    const pieces = ['"', '\\', ':', ' ', '{', '}', '\n', 'é', '🏬', '": "', 'a'];
    const text = () =>
      Array.from({ length: below(8) }, () => pieces[below(pieces.length)]).join('');
    for (let round = 0; round < 300; round += 1) {
      const note = Object.fromEntries(Array.from({ length: 4 }, () => [text(), text()]));
      const indent = ['', ' ', '\t', '\n  '][below(4)];
      const manifest = JSON.stringify({ stores: [STORE], note: [note, [note]] }, null, indent);
      await reader.accept(manifest);
    }
  });
});

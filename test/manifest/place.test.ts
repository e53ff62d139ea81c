import { describe, expect, it } from 'vitest';
import { findPlaces, type WantedPlace } from '../../src/manifest/place.ts';
import { chunks, temporaryFolder, writeManifest } from './manifest-file.ts';

const A = 'https://cdn.example/a.jpg';
const B = 'https://cdn.example/b.jpg';

const want = (store: number, image: number, url: string): WantedPlace => ({ store, image, url });

function placesIn(text: string | Uint8Array, wanted: WantedPlace[], name = 'manifest.json') {
  return findPlaces({ path: writeManifest(text, name), stdin: chunks() }, 'auto', wanted);
}

describe('the place of an image', () => {
  it('is the line, column and path of its URL', async () => {
    const text = `{
  "job_id": "spring-audit",
  "stores": [
    { "store_id": "S1", "images": [] },
    {
      "store_id": "S2",
      "images": [
        "${A}",
        "${B}"
      ]
    }
  ]
}`;
    expect(await placesIn(text, [want(1, 1, B)])).toEqual([
      { line: 9, column: 9, path: 'stores[1].images[1]' },
    ]);
  });

  it('has the words of the older form', async () => {
    const text = `{"visits": [\n {"store_id": "S1", "image_url": ["${A}", "${B}"]}]}`;
    expect(await placesIn(text, [want(0, 1, B)])).toEqual([
      { line: 2, column: 64, path: 'visits[0].image_url[1]' },
    ]);
  });

  it('comes in the order of what was asked for, also twice', async () => {
    const text = `{"stores": [\n{"store_id": "S1", "images": [\n"${A}",\n"${B}"]}]}`;
    const found = await placesIn(text, [want(0, 1, B), want(0, 0, A), want(0, 1, B)]);
    expect(found.map((place) => place?.line)).toEqual([4, 3, 4]);
  });

  it('is none where a field stands twice: that is no manifest', async () => {
    const text = `{"stores": [{"images": ["${A}"],\n"store_id": "S1",\n"images": ["${A}"]}]}`;
    expect(await placesIn(text, [want(0, 0, A)])).toEqual([null]);
  });

  it('is found where the URL is written with escapes', async () => {
    const text =
      '{"stores": [{"store_id": "S1", "images": ["https:\\/\\/cdn.example\\/\\u0061.jpg"]}]}';
    expect(await placesIn(text, [want(0, 0, A)])).toMatchObject([{ line: 1, column: 43 }]);
  });

  it('does not count a byte-order mark', async () => {
    const text = `\ufeff{"stores":[{"store_id":"S1","images":["${A}"]}]}`;
    expect(await placesIn(text, [want(0, 0, A)])).toMatchObject([{ line: 1, column: 39 }]);
  });

  it('is found in standard input', async () => {
    const text = `{"stores": [\n{"store_id": "S1", "images": ["${A}"]}]}`;
    const source = { path: '-', stdin: chunks(text.slice(0, 20), text.slice(20)) };
    expect(await findPlaces(source, 'json', [want(0, 0, A)])).toMatchObject([
      { line: 2, column: 31 },
    ]);
  });
});

describe('the place of an image in NDJSON', () => {
  const text = [
    `\ufeff{"store_id": "S1", "images": ["${A}"]}`,
    '',
    '  \r',
    `{"store_id": "S2", "image_url": ["${A}", "${B}"]}\r`,
    ` {"store_id": "S3", "images": ["${B}"]}`,
  ].join('\n');

  it('is the line of its store, and the URL’s column in it; blank lines are no stores', async () => {
    const wanted = [want(2, 0, B), want(0, 0, A), want(1, 1, B)];
    expect(await placesIn(text, wanted, 'm.ndjson')).toEqual([
      { line: 5, column: 32, path: 'stores[2].images[0]' },
      { line: 1, column: 31, path: 'stores[0].images[0]' },
      { line: 4, column: 63, path: 'stores[1].image_url[1]' },
    ]);
  });

  it('goes by the format that is named, before the file’s name', async () => {
    const source = { path: writeManifest(text, 'm.json'), stdin: chunks() };
    expect(await findPlaces(source, 'ndjson', [want(0, 0, A)])).toMatchObject([{ line: 1 }]);
    expect(await findPlaces(source, 'auto', [want(0, 0, A)])).toEqual([null]);
  });

  it('is found behind a line that is damaged, and not in it', async () => {
    const damaged = text.replace('"S1"', '"S1');
    const wanted = [want(0, 0, A), want(2, 0, B)];
    expect(await placesIn(damaged, wanted, 'm.ndjson')).toMatchObject([null, { line: 5 }]);
  });
});

describe('no place', () => {
  const text = JSON.stringify({ stores: [{ store_id: 'S1', images: [A] }] });

  it.each([
    ['another URL', [want(0, 0, B)]],
    ['another image', [want(0, 1, A)]],
    ['another store', [want(1, 0, A)]],
  ])('is there where the manifest has %s now', async (_, wanted) => {
    expect(await placesIn(text, wanted)).toEqual([null]);
    expect(await placesIn(`{"store_id": "S1", "images": ["${A}"]}`, wanted, 'm.jsonl')).toEqual([
      null,
    ]);
  });

  it.each([
    ['is cut off', text.slice(0, -3)],
    ['is empty', ''],
    ['is another JSON', '[1, 2]'],
    ['has no stores', '{"stores": {"0": 1}}'],
    ['is null', 'null'],
    ['is UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('is in a file that %s', async (_, content) => {
    const wanted = [want(0, 0, A)];
    expect(await placesIn(content, wanted)).toEqual([null]);
    expect(await placesIn(content, wanted, 'm.ndjson')).toEqual([null]);
  });

  it('is told for a text that can’t be walked through', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const before = `{"x": ${deep}, "stores": [{"store_id": "S1", "images": ["${A}"]}]}`;
    expect(await placesIn(before, [want(0, 0, A)])).toEqual([null]);
    const within = `{"stores": [{"store_id": "S1", "images": ["${A}", ${deep}, "${B}"]}]}`;
    expect(await placesIn(within, [want(0, 0, A), want(0, 2, B)])).toMatchObject([
      { line: 1, column: 43 },
      null,
    ]);
    const blanks = `{"stores": [{"store_id": "S1",${' '.repeat(1_100_000)}"images": ["${A}"]}]}`;
    expect(await placesIn(blanks, [want(0, 0, A)])).toEqual([null]);
  });

  it.each(['json', 'ndjson'] as const)('is in a file that is not there (%s)', async (format) => {
    const source = { path: `${temporaryFolder()}/none`, stdin: chunks() };
    expect(await findPlaces(source, format, [want(0, 0, A)])).toEqual([null]);
    const folder = { path: temporaryFolder(), stdin: chunks() };
    expect(await findPlaces(folder, format, [want(0, 0, A)])).toEqual([null]);
  });

  it('is asked for: nothing is answered', async () => {
    expect(await placesIn(text, [])).toEqual([]);
  });
});

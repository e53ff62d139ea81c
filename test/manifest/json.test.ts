import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/manifest/read.ts';
import { READ, readJson, readText } from '../support/manifest.ts';

const A = 'https://cdn.example/a.jpg';
const store = (overrides: object = {}) => ({ store_id: 'S1', images: [A], ...overrides });

describe('a manifest', () => {
  it('names its stores and their images', async () => {
    const { manifest, stores } = await readJson({ job_id: 'spring', stores: [store()] });
    expect(manifest).toMatchObject({ job_id: 'spring', store_count: 1 });
    expect(manifest?.image_counts).toEqual(new Uint32Array([1]));
    expect(stores).toEqual([{ store_id: 'S1', visit_time: null, images: [A] }]);
  });

  it('means the same in its older form', async () => {
    const visit = { store_id: 'S1', visit_time: '2026-03-01T09:30:00Z', image_url: [A] };
    const { stores } = await readJson({ count: 1, visits: [visit] });
    expect(stores).toEqual([{ store_id: 'S1', visit_time: '2026-03-01T09:30:00Z', images: [A] }]);
  });

  it('keeps a visit_time as it is, in both forms', async () => {
    const { stores } = await readJson({ stores: [store({ visit_time: 'last Tuesday' })] });
    expect(stores[0]?.visit_time).toBe('last Tuesday');
  });

  it('may be empty, have empty stores, and the same store twice', async () => {
    expect((await readJson({ stores: [] })).manifest?.store_count).toBe(0);
    const { stores } = await readJson({ stores: [store({ images: [] }), store()] });
    expect(stores.map(({ images }) => images.length)).toEqual([0, 1]);
  });

  it('may have any string for a URL: only validate judges it beforehand', async () => {
    const bad = { stores: [store({ images: ['', 'ftp://a/'] })] };
    expect((await readJson(bad)).problems).toEqual([]);
    const checkUrl = (url: string) => (url === '' ? 'it is empty' : null);
    const { lines } = await readJson(bad, { checkUrl });
    expect(lines).toEqual(['manifest.json:1:39  stores[0].images[0]  it is empty']);
  });

  it('has an id made up from the time where it has none', async () => {
    const { manifest } = await readJson({ stores: [] });
    expect(manifest?.job_id).toBe('20260301-093000-i000');
  });

  it('has the id it is given, which must be one', async () => {
    const { manifest } = await readJson({ job_id: 'own', stores: [] }, { job_id: 'given' });
    expect(manifest?.job_id).toBe('given');
    await expect(readJson({ stores: [] }, { job_id: 'a/b' })).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it.each(['a', 'A-1.b_c', 'x'.repeat(64)])('may have the job_id %s', async (job_id) => {
    expect((await readJson({ job_id, stores: [] })).manifest?.job_id).toBe(job_id);
  });

  it.each(['', '-a', 'a.', 'a b', 'a/b', '..', 'ä', 'x'.repeat(65)])(
    'may not have the job_id %j',
    async (job_id) => {
      const { lines } = await readJson({ job_id, stores: [] });
      expect(lines[0]).toContain('job_id  expected 1 to 64 of A-Z a-z 0-9 . _ -');
    },
  );

  it.each([
    ['a', true],
    ['x'.repeat(256), true],
    ['😀'.repeat(256), true],
    ['', false],
    ['x'.repeat(257), false],
    ['😀'.repeat(257), false],
  ])('store_id %#', async (store_id, valid) => {
    expect((await readJson({ stores: [store({ store_id })] })).problems).toHaveLength(
      valid ? 0 : 1,
    );
  });

  it('keeps lone surrogates and NUL in ids', async () => {
    const store_id = 'a\ud800\u0000b';
    expect((await readJson({ stores: [store({ store_id })] })).stores[0]?.store_id).toBe(store_id);
  });

  it('must have the number of stores that count says, in both forms', async () => {
    expect((await readJson({ count: 0, stores: [] })).problems).toEqual([]);
    for (const form of ['stores', 'visits']) {
      const { lines } = await readJson({ count: 2, [form]: [] });
      expect(lines).toEqual([
        'manifest.json:1:10  count  expected 0 (the number of stores), got 2',
      ]);
    }
    expect((await readJson({ count: 1.5, stores: [] })).lines[0]).toContain('expected an integer');
  });

  it('has exactly one of stores and visits', async () => {
    expect((await readJson({})).lines[0]).toContain('missing: expected a list of stores');
    const { lines } = await readJson({ stores: [], visits: [] });
    expect(lines[0]).toContain('expected either stores or visits, got both');
  });

  it('has its unknown fields named in one warning', async () => {
    const { warnings } = await readJson({
      $schema: 'x',
      colour: 'red',
      'bad\u001b[2J': 1,
      stores: [store({ note: 1 }), store({ note: 2, $schema: 3 })],
    });
    expect(warnings).toEqual(['ignored unknown fields: colour, "bad[2J", stores[].note']);
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`f${index}`, 1]));
    expect((await readJson({ ...many, stores: [] })).warnings[0]).toMatch(/f9 and 15 more$/);
  });

  it('is not fooled by __proto__', async () => {
    const { stores } = await readText(
      `{"__proto__":{"x":1},"stores":[{"store_id":"S1","images":[]}]}`,
    );
    expect(stores[0]).toEqual({ store_id: 'S1', visit_time: null, images: [] });
  });
});

describe('problems', () => {
  it('have file, line, column, path and what was expected, in the order of the text', async () => {
    const text = `{
  "job_id": 7,
  "stores": [
    { "store_id": "S1",
      "images": ["https://a/", 5, null] },
    { "images": "https://a/" },
    "S3",
    { "store_id": "", "visit_time": 9, "images": [] }
  ]
}`;
    const { lines } = await readText(text);
    expect(lines).toEqual([
      'manifest.json:2:13  job_id  expected a string, got number',
      'manifest.json:5:32  stores[0].images[1]  expected a URL string, got number',
      'manifest.json:5:35  stores[0].images[2]  expected a URL string, got null',
      'manifest.json:6:5  stores[1].store_id  missing: expected a non-empty string of at most 256 characters',
      'manifest.json:6:17  stores[1].images  expected a list of URLs, got string',
      'manifest.json:7:5  stores[2]  expected a store (an object with store_id and images), got string',
      'manifest.json:8:19  stores[3].store_id  expected a non-empty string of at most 256 characters, got an empty string',
      'manifest.json:8:37  stores[3].visit_time  expected a string, got number',
    ]);
  });

  it('have paths of the form that was written', async () => {
    const { lines } = await readText('{"visits":[{"store_id":"S1","image_url":[1]}]}');
    expect(lines).toEqual([
      'manifest.json:1:42  visits[0].image_url[0]  expected a URL string, got number',
    ]);
  });

  it('are all found, however many', async () => {
    const stores = Array.from({ length: 20_000 }, () => store({ images: [1] }));
    const began = performance.now();
    expect((await readJson({ stores })).problems).toHaveLength(20_000);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it.each([
    ['{"stores": [}', '1:13  expected a value'],
    ['{"stores": [],}', '1:15  expected no comma before }'],
    ['{\n "stores": []\n "count": 0}', '3:2  expected a comma'],
    ['{"stores": [', '1:13  unexpected end of the file'],
    ['{"stores": []} x', '1:16  '],
    ["{'stores': []}", '1:2  '],
    ['// note\n{"stores": []}', '1:1  JSON has no comments'],
    ['', '1:1  the file is empty: expected a manifest'],
    ['  \n ', '1:1  the file is empty: expected a manifest'],
    ['[]', '1:1  expected a manifest (an object with a list of stores), got list'],
  ])('of %j have their place: %s', async (text, line) => {
    const { lines } = await readText(text);
    expect(lines[0]).toContain(`manifest.json:${line}`);
  });

  it('never carry control characters', async () => {
    const { lines } = await readText('{"job_id":"\\u001b[31m\\n","stores":[]}');
    expect(lines[0]).not.toMatch(/[\u0000-\u001f]/);
  });

  it('of a manifest 100,000 brackets deep are no crash', async () => {
    const { lines } = await readText('['.repeat(100_000));
    expect(lines).toHaveLength(1);
    const closed = await readText(`{"stores":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(closed.problems.length).toBeGreaterThan(0);
  });
});

describe('the encoding', () => {
  const valid = JSON.stringify({ stores: [store({ store_id: 'café' })] });

  it('is UTF-8, with a byte-order mark or without', async () => {
    expect((await readText(valid)).stores[0]?.store_id).toBe('café');
    expect((await readText(`\ufeff${valid}`)).stores[0]?.store_id).toBe('café');
  });

  it('any other is a clear problem with its place', async () => {
    const utf16 = Buffer.from(`\ufeff${valid}`, 'utf16le');
    expect((await readText(utf16)).lines).toEqual([
      'manifest.json:1:1  not UTF-8: this is UTF-16, save it as UTF-8',
    ]);
    const latin1 = Buffer.from(`{\n"stores": [], "x": "café"}`, 'latin1');
    expect((await readText(latin1)).lines[0]).toMatch(/^manifest\.json:2:24 {2}not UTF-8/);
  });
});

describe('a file that can’t be read', () => {
  it.each([
    ['/no/such/file.json', 'no such file'],
    ['/tmp', 'it is a folder'],
  ])('%s: %s', async (path, message) => {
    await expect(readManifest({ path, stdin: process.stdin }, READ)).rejects.toMatchObject({
      code: 'manifest-unreadable',
      message: `can't read ${path}: ${message}`,
    });
  });
});

describe('speed', () => {
  it('100,000 URLs are checked in a small multiple of what JSON.parse alone takes', async () => {
    const images = Array.from(
      { length: 100 },
      (_, index) => `https://cdn.example/photos/${'x'.repeat(50)}/${index}.jpg`,
    );
    const text = JSON.stringify({ stores: Array.from({ length: 1000 }, () => store({ images })) });
    const best = async (act: () => unknown) => {
      const times = [];
      for (let round = 0; round < 4; round += 1) {
        const began = performance.now();
        await act();
        times.push(performance.now() - began);
      }
      return Math.min(...times);
    };
    const bytes = Buffer.from(text);
    const read = () => readManifest({ path: '-', stdin: Readable.from([bytes]) }, READ);
    expect((await best(read)) / (await best(() => JSON.parse(text)))).toBeLessThan(6);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const NO_ID = 'missing: expected a non-empty string of at most 256 characters';
const NO_IMAGES = 'missing: expected a list of URLs';

describe('a problem', () => {
  it('names file, line, column and path, and what was expected', async () => {
    const text = `{
  "job_id": "spring-audit",
  "count": 4,
  "stores": [
    { "store_id": "S0001", "images": [] },
    { "store_id": "S0002", "images": [] },
    { "store_id": "S0003", "images": [] },
    {
      "store_id": "S0004",
      "visit_time": "2026-03-01T09:30:00Z",
      "images": [
        "https://cdn.example/a.jpg",
        "https://cdn.example/b.png",
        404
      ]
    }
  ]
}
`;
    expect(await reader.refuse(text)).toEqual([
      'manifest.json:14:9  stores[3].images[2]  expected a URL string, got number',
    ]);
  });

  it('has the fields that a program needs', async () => {
    const path = reader.write('fields.json', '{"stores": [\n  1]}');
    expect(await reader.read(path)).toEqual({
      problems: [
        {
          file: path,
          line: 2,
          column: 3,
          path: 'stores[0]',
          message: 'expected a store (an object with store_id and images), got number',
        },
      ],
    });
  });

  it('has a path in the words of the older form too', async () => {
    const text = '{"visits": [\n {"store_id": "S1", "image_url": ["https://cdn.example/", {}]}]}';
    expect(await reader.refuse(text)).toEqual([
      'manifest.json:2:59  visits[0].image_url[1]  expected a URL string, got object',
    ]);
  });

  it.each([
    ['null', 'null'],
    ['1', 'number'],
    ['false', 'boolean'],
    ['{}', 'object'],
    ['[]', 'list'],
  ])('says that %s is no URL', async (value, kind) => {
    expect(await reader.refuse(`{"stores": [{"store_id": "S1", "images": [${value}]}]}`)).toEqual([
      `manifest.json:1:43  stores[0].images[0]  expected a URL string, got ${kind}`,
    ]);
  });

  it('stands where the object stands that lacks a field', async () => {
    expect(await reader.refuse('{"stores": [\n  {\n  },\n  {"images": []}]}')).toEqual([
      `manifest.json:2:3  stores[0].store_id  ${NO_ID}`,
      `manifest.json:2:3  stores[0].images  ${NO_IMAGES}`,
      `manifest.json:4:3  stores[1].store_id  ${NO_ID}`,
    ]);
    expect(await reader.refuse('{"visits": [{"store_id": "S1"}]}')).toEqual([
      `manifest.json:1:13  visits[0].image_url  ${NO_IMAGES}`,
    ]);
    expect(await reader.refuse('\n\n  {}')).toEqual([
      'manifest.json:3:3  stores  missing: expected a list of stores',
    ]);
  });

  it('is found in every field, not in the first one only', async () => {
    const text = `{
  "stores": [
    {"images": "https://cdn.example/", "store_id": ""},
    null
  ],
  "count": "two",
  "job_id": 7
}`;
    expect(await reader.refuse(text)).toEqual([
      'manifest.json:3:16  stores[0].images  expected a list of URLs, got string',
      'manifest.json:3:52  stores[0].store_id  expected a non-empty string of at most 256 characters, got an empty string',
      'manifest.json:4:5  stores[1]  expected a store (an object with store_id and images), got null',
      'manifest.json:6:12  count  expected an integer, got string',
      'manifest.json:7:13  job_id  expected a string, got number',
    ]);
  });

  it('is found across fields where other fields are wrong too', async () => {
    expect(await reader.refuse('{"job_id": 7, "count": 3, "stores": [{}]}')).toEqual([
      'manifest.json:1:12  job_id  expected a string, got number',
      'manifest.json:1:24  count  expected 1 (the number of stores), got 3',
      `manifest.json:1:38  stores[0].store_id  ${NO_ID}`,
      `manifest.json:1:38  stores[0].images  ${NO_IMAGES}`,
    ]);
  });

  it.each(['{}', '"S1"', '7'])('says that %s is no list of stores', async (value) => {
    const [problem] = await reader.refuse(`{"stores": ${value}}`);
    expect(problem).toMatch(/^manifest\.json:1:12 {2}stores {2}expected a list of stores, got /);
  });

  it.each([
    ['\n', 3],
    ['\r\n', 3],
  ])('counts lines that end with %j', async (end, line) => {
    const text = ['{', '"stores": [', '1', ']', '}'].join(end);
    expect(await reader.refuse(text)).toEqual([
      expect.stringContaining(`manifest.json:${line}:1  stores[0]`),
    ]);
  });

  it('counts columns as editors do, also after a byte-order mark and wide characters', async () => {
    const [problem] = await reader.refuse('\ufeff{"job_id": "é🏬", "stores": []}');
    expect(problem).toContain('manifest.json:1:12  job_id');
    expect(await reader.refuse('{"x": "é🏬", "stores": [1]}')).toEqual([
      expect.stringContaining('manifest.json:1:25  stores[0]'),
    ]);
  });

  it('is found at the last of duplicate keys, which is the one that counts', async () => {
    expect(await reader.refuse('{"stores": [1],\n "stores": [{}, 2]}')).toEqual([
      'manifest.json:2:2  stores  this key stands twice in one object: first at 1:2',
      `manifest.json:2:13  stores[0].store_id  ${NO_ID}`,
      `manifest.json:2:13  stores[0].images  ${NO_IMAGES}`,
      expect.stringContaining('manifest.json:2:17  stores[1]'),
    ]);
  });

  it('is found where keys are written with escapes', async () => {
    expect(await reader.refuse('{"st\\u006fres":\n[1]}')).toEqual([
      expect.stringContaining('manifest.json:2:2  stores[0]'),
    ]);
  });
});

describe('many problems', () => {
  it('are all found, in the order of the document', async () => {
    const stores = Array.from({ length: 500 }, (_, index) => ({
      images: ['https://cdn.example/', index],
      store_id: index,
    }));
    const problems = await reader.refuse(JSON.stringify({ stores }, null, 1));
    const expected = stores.flatMap((_, index) => {
      const line = 3 + index * 7;
      return [
        `manifest.json:${line + 3}:5  stores[${index}].images[1]  expected a URL string, got number`,
        `manifest.json:${line + 5}:16  stores[${index}].store_id  expected a non-empty string of at most 256 characters, got number`,
      ];
    });
    expect(problems).toHaveLength(1000);
    expect(problems).toEqual(expected);
  });
});

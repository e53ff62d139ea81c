import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const NO_ID = 'missing: expected a non-empty string of at most 256 characters';
const NO_IMAGES = 'missing: expected a list of URLs';

/** Says no to the URLs a run could not fetch. */
const checkUrl = (url: string) => (url.startsWith('https://') ? null : `can't fetch "${url}"`);

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

  it.each(['null', '{}', '"S1"', '7'])('says that %s is no list of stores', async (value) => {
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
      `manifest.json:2:13  stores[0].store_id  ${NO_ID}`,
      `manifest.json:2:13  stores[0].images  ${NO_IMAGES}`,
      expect.stringContaining('manifest.json:2:17  stores[1]'),
    ]);
    expect((await reader.accept('{"stores": [1], "stores": []}')).manifest.store_count).toBe(0);
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

describe('URLs', () => {
  const odd = ['', 'ftp://cdn.example/a.jpg', 'no url', 'https://', '\u0000'];
  const manifest = { stores: [{ store_id: 'S1', images: ['https://cdn.example/', ...odd] }] };

  it('may be any string, since a bad one is a failure of its image', async () => {
    const { manifest: accepted } = await reader.accept(manifest);
    expect((await accepted.store(0)).images).toEqual(['https://cdn.example/', ...odd]);
  });

  it('are problems where they are to be checked', async () => {
    const text =
      '{"stores": [{"store_id": "S1", "images": ["", "https://x.example/",\n "ftp://x"]}]}';
    expect(await reader.refuse(text, { checkUrl })).toEqual([
      `manifest.json:1:43  stores[0].images[0]  can't fetch ""`,
      `manifest.json:2:2  stores[0].images[2]  can't fetch "ftp://x"`,
    ]);
    expect(
      await reader.refuse('\n{"store_id": "S1", "image_url": ["ftp://x"]}', {
        checkUrl,
        name: 'm.ndjson',
      }),
    ).toEqual([`m.ndjson:2:34  stores[0].image_url[0]  can't fetch "ftp://x"`]);
  });

  it('are checked beside other problems', async () => {
    const text = '{"count": 2, "visits": [{"store_id": 1, "image_url": ["ftp://x", 2]}]}';
    expect(await reader.refuse(text, { checkUrl })).toEqual([
      'manifest.json:1:11  count  expected 1 (the number of stores), got 2',
      'manifest.json:1:38  visits[0].store_id  expected a non-empty string of at most 256 characters, got number',
      `manifest.json:1:55  visits[0].image_url[0]  can't fetch "ftp://x"`,
      'manifest.json:1:66  visits[0].image_url[1]  expected a URL string, got number',
    ]);
  });

  it('pass the check where all can be fetched', async () => {
    const { manifest: accepted } = await reader.accept(
      { stores: [{ store_id: 'S1', images: ['https://cdn.example/'] }] },
      { checkUrl },
    );
    expect(accepted.store_count).toBe(1);
  });
});

describe('hostile text', () => {
  const HOSTILE = '\u001b[31m\u0007\u009b\u202e\u2066\ud800\u2028';
  const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
  const escaped = JSON.stringify(HOSTILE);

  it.each([
    ['a job id', `{"job_id": ${escaped}, "stores": []}`],
    ['a store id', `{"stores": [{"store_id": ${JSON.stringify(HOSTILE.repeat(99))}}]}`],
    ['the name of a field', `{${escaped}: {}}`],
    ['no JSON at all', HOSTILE],
    ['a name without quotes', `{${HOSTILE}: 1}`],
    ['a string', `{"job_id": "${HOSTILE}", "stores": []}`],
    ['a literal', `{"job_id": nu${HOSTILE}ll, "stores": []}`],
    ['text after the end', `{"stores": []}${HOSTILE}`],
    ['deep nesting', '['.repeat(100_000) + HOSTILE],
  ])('as %s never reaches a problem raw', async (_, text) => {
    const problems = await reader.refuse(text);
    expect(problems).not.toEqual([]);
    for (const problem of problems) {
      expect(problem).not.toMatch(UNSAFE);
      expect(problem.isWellFormed()).toBe(true);
      expect(problem.length).toBeLessThan(300);
    }
  });

  it('as a file name never reaches a problem raw', async () => {
    const [problem] = await reader.refuse('[]', { name: 'a\u001b[31m\n.json' });
    expect(problem).toMatch(/^a\[31m\.json:1:1 {2}expected a manifest/);
  });

  it('as an unknown field never reaches a warning raw', async () => {
    const { warnings } = await reader.accept({ stores: [], [HOSTILE]: 1, ['x'.repeat(999)]: 2 });
    expect(warnings).toEqual([`ignored unknown fields: "[31m\ufffd", ${'x'.repeat(40)}…`]);
  });

  it('as a job id that is asked for never reaches an error raw', async () => {
    const read = reader.accept({ stores: [] }, { job_id: HOSTILE });
    await expect(read).rejects.toThrow('"[31m\ufffd" is not a job id');
  });

  it('as __proto__ is a field like any other', async () => {
    const { manifest, warnings } = await reader.accept(
      '{"__proto__": {"job_id": "x"}, "stores": [{"store_id": "S1", "images": [], "__proto__": 1}]}',
    );
    expect(manifest.job_id).toBe('20260301-093000-i000');
    expect(warnings).toEqual(['ignored unknown fields: __proto__, stores[].__proto__']);
    expect(await reader.refuse('{"__proto__": {"stores": []}}')).toEqual([
      'manifest.json:1:1  stores  missing: expected a list of stores',
    ]);
    expect(
      await reader.refuse('{"stores": [{"__proto__": {"store_id": "S1", "images": []}}]}'),
    ).toHaveLength(2);
  });

  it('as names that objects inherit is a field like any other', async () => {
    const { warnings } = await reader.accept({ stores: [], constructor: 1, toString: 2 });
    expect(warnings).toEqual(['ignored unknown fields: constructor, toString']);
  });
});

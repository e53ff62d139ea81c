import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

/** Says no to the URLs a run could not fetch. */
const checkUrl = (url: string) => (url.startsWith('https://') ? null : `can't fetch "${url}"`);

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

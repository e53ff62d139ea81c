import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, type Reader, storesOf } from './reading.ts';

const A = 'https://cdn.example/a.jpg';
const B = 'https://cdn.example/b.png';
const TIME = '2026-03-01T09:30:00Z';
const FORMS = ['stores', 'visits'] as const;

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

/** A manifest in one of its forms, with these fields beside its list. */
function manifestOf(form: (typeof FORMS)[number], stores: object[], fields: object = {}) {
  const named = stores.map((store, index) => ({
    store_id: `S${index + 1}`,
    [form === 'stores' ? 'images' : 'image_url']: [],
    ...store,
  }));
  return { ...fields, [form]: named };
}

describe('the two forms', () => {
  it('reads a list of stores', async () => {
    const { manifest, warnings } = await reader.accept({
      job_id: 'spring-audit',
      stores: [{ store_id: 'S0001', images: [A, B] }],
    });
    expect(manifest.job_id).toBe('spring-audit');
    expect(manifest.store_count).toBe(1);
    expect(manifest.image_counts).toEqual(Uint32Array.of(2));
    expect(await storesOf(manifest)).toEqual([
      { store_id: 'S0001', visit_time: null, images: [A, B] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('reads the older list of visits as the same', async () => {
    const { manifest, warnings } = await reader.accept({
      count: 1,
      visits: [{ store_id: 'S0001', visit_time: TIME, image_url: [A] }],
    });
    expect(manifest.store_count).toBe(1);
    expect(manifest.image_counts).toEqual(Uint32Array.of(1));
    expect(await storesOf(manifest)).toEqual([
      { store_id: 'S0001', visit_time: TIME, images: [A] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('keeps the order of stores and of their images', async () => {
    const stores = ['b', 'a', 'c'].map((store_id) => ({ store_id, images: [B, A, B] }));
    const { manifest } = await reader.accept({ stores });
    expect(await storesOf(manifest)).toEqual(
      stores.map((store) => ({ ...store, visit_time: null })),
    );
  });

  it('wants stores or visits', async () => {
    expect(await reader.refuse({ job_id: 'a' })).toEqual([
      'manifest.json:1:1  stores  missing: expected a list of stores',
    ]);
  });

  it('does not want both, even where both are empty', async () => {
    expect(await reader.refuse('{"stores": [], "visits": []}')).toEqual([
      'manifest.json:1:26  visits  expected either stores or visits, got both',
    ]);
  });

  it('does not take the fields of one form in the other', async () => {
    expect(await reader.refuse({ stores: [{ store_id: 'S1', image_url: [A] }] })).toEqual([
      'manifest.json:1:12  stores[0].images  missing: expected a list of URLs',
    ]);
    expect(await reader.refuse({ visits: [{ store_id: 'S1', images: [A] }] })).toEqual([
      'manifest.json:1:12  visits[0].image_url  missing: expected a list of URLs',
    ]);
  });

  it.each([
    ['null', 'null'],
    ['[]', 'list'],
    ['"stores"', 'string'],
    ['7', 'number'],
    ['true', 'boolean'],
  ])('takes no %s for a manifest', async (text, kind) => {
    expect(await reader.refuse(`\n ${text}`)).toEqual([
      `manifest.json:2:2  expected a manifest (an object with a list of stores), got ${kind}`,
    ]);
  });

  it('has no store outside its list', async () => {
    const { manifest } = await reader.accept(manifestOf('stores', [{}]));
    await expect(manifest.store(1)).rejects.toThrow();
    await expect(manifest.store(-1)).rejects.toThrow();
  });
});

describe.each(FORMS)('a list of %s', (form) => {
  it('may be empty', async () => {
    const { manifest } = await reader.accept({ [form]: [] });
    expect(manifest.store_count).toBe(0);
    expect(manifest.image_counts).toEqual(new Uint32Array());
  });

  it('may hold a store without images', async () => {
    const { manifest } = await reader.accept(manifestOf(form, [{}, {}]));
    expect(manifest.image_counts).toEqual(Uint32Array.of(0, 0));
    expect((await manifest.store(1)).images).toEqual([]);
  });

  it('may hold the same store_id twice', async () => {
    const { manifest } = await reader.accept(
      manifestOf(form, [{ store_id: 'S' }, { store_id: 'S' }]),
    );
    expect((await storesOf(manifest)).map(({ store_id }) => store_id)).toEqual(['S', 'S']);
  });

  it('keeps visit_time as it is, whatever it says', async () => {
    const times = [TIME, 'yesterday', '', ' 1.3.2026 '];
    const { manifest } = await reader.accept(
      manifestOf(
        form,
        times.map((visit_time) => ({ visit_time })),
      ),
    );
    expect((await storesOf(manifest)).map(({ visit_time }) => visit_time)).toEqual(times);
  });

  it('wants visit_time to be a string', async () => {
    expect(await reader.refuse(manifestOf(form, [{ visit_time: 1772357400 }]))).toEqual([
      expect.stringMatching(
        new RegExp(`:1:\\d+ {2}${form}\\[0\\]\\.visit_time {2}expected a string, got number$`),
      ),
    ]);
  });

  it('agrees with a right count', async () => {
    const { manifest } = await reader.accept(manifestOf(form, [{}, {}, {}], { count: 3 }));
    expect(manifest.store_count).toBe(3);
  });

  it.each([
    [2, 'expected 3 (the number of stores), got 2'],
    [0, 'expected 3 (the number of stores), got 0'],
    [-3, 'expected 3 (the number of stores), got -3'],
    [3.5, 'expected an integer, got 3.5'],
    ['3', 'expected an integer, got string'],
    [null, 'expected an integer, got null'],
  ])('does not agree with a count of %j', async (count, message) => {
    expect(await reader.refuse(manifestOf(form, [{}, {}, {}], { count }))).toEqual([
      `manifest.json:1:10  count  ${message}`,
    ]);
  });
});

describe('store_id', () => {
  const accept = async (store_id: string) => {
    const { manifest } = await reader.accept(manifestOf('stores', [{ store_id }]));
    expect((await manifest.store(0)).store_id).toBe(store_id);
  };
  const refuse = async (store_id: unknown, got: string) => {
    expect(await reader.refuse(manifestOf('stores', [{ store_id }]))).toEqual([
      `manifest.json:1:24  stores[0].store_id  expected a non-empty string of at most 256 characters, got ${got}`,
    ]);
  };

  it('has up to 256 characters', async () => {
    await accept('x');
    await accept('x'.repeat(256));
    await refuse('', 'an empty string');
    await refuse('x'.repeat(257), '257 characters');
    await refuse('x'.repeat(100_000), '100000 characters');
  });

  it('counts a character outside the basic plane as one', async () => {
    await accept('🏬'.repeat(256));
    await accept(`${'🏬'.repeat(255)}x`);
    await refuse('🏬'.repeat(257), '257 characters');
    await refuse(`${'🏬'.repeat(200)}${'x'.repeat(57)}`, '257 characters');
  });

  it('is a string, not a number', async () => {
    await refuse(17, 'number');
    await refuse(null, 'null');
    await refuse(['S1'], 'list');
  });

  it('survives any content', async () => {
    for (const id of [
      'a\u0000b',
      '\ud800',
      'x\udc00y',
      '\u001b[31m',
      ' ',
      '\u202e',
      '../..',
      '__proto__',
    ]) {
      await accept(id);
    }
  });
});

describe('job_id', () => {
  const EMPTY = { stores: [] };
  const RULE = '1 to 64 of A-Z a-z 0-9 . _ -, starting and ending with a letter or digit';

  it.each(['a', '7', 'Spring_Audit.2026-03', 'x'.repeat(64)])('may be %s', async (job_id) => {
    expect((await reader.accept({ ...EMPTY, job_id })).manifest.job_id).toBe(job_id);
  });

  it.each(['', '-a', 'a-', '.', '_a', 'a b', 'a/b', 'a\\b', 'ä', 'a\n', 'x'.repeat(65)])(
    'may not be %j',
    async (job_id) => {
      const shown = job_id.trim();
      expect(await reader.refuse({ job_id, ...EMPTY })).toEqual([
        `manifest.json:1:11  job_id  expected ${RULE}, got "${shown}"`,
      ]);
    },
  );

  it.each([
    [7, 'number'],
    [null, 'null'],
    [{}, 'object'],
  ])('may not be %j', async (job_id, kind) => {
    expect(await reader.refuse({ job_id, ...EMPTY })).toEqual([
      `manifest.json:1:11  job_id  expected a string, got ${kind}`,
    ]);
  });

  it('shows no more of a wrong one than its start', async () => {
    const [problem = ''] = await reader.refuse({ job_id: '!'.repeat(10_000), ...EMPTY });
    expect(problem.length).toBeLessThan(250);
    expect(problem).toContain('!!!…"');
  });

  it('is made up from the time and a random tail where it is absent', async () => {
    const id = async (random: number) =>
      (await reader.accept(EMPTY, { random: () => random })).manifest.job_id;
    expect(await id(0.5)).toBe('20260301-093000-i000');
    expect(await id(0)).toBe('20260301-093000-0000');
    expect(await id(1 - Number.EPSILON)).toBe('20260301-093000-zzzz');
  });

  it('is made up so that later jobs sort later', async () => {
    const ids: string[] = [];
    for (const time of ['2026-03-01T09:59:59Z', '2026-03-01T10:00:00Z', '2026-11-30T00:00:00Z']) {
      const { manifest } = await reader.accept(EMPTY, {
        now: () => Date.parse(time),
        random: () => 1 - ids.length / 4 - 0.1,
      });
      ids.push(manifest.job_id);
    }
    expect(ids.toSorted()).toEqual(ids);
  });

  it('gives way to one that is asked for', async () => {
    const { manifest } = await reader.accept({ job_id: 'own', ...EMPTY }, { job_id: 'other' });
    expect(manifest.job_id).toBe('other');
    expect((await reader.accept(EMPTY, { job_id: 'other' })).manifest.job_id).toBe('other');
  });

  it.each(['', '-a', 'a b', 'x'.repeat(65)])('cannot be asked to be %j', async (job_id) => {
    await expect(reader.accept(EMPTY, { job_id })).rejects.toMatchObject({
      code: 'usage',
      message: `"${job_id}" is not a job id`,
      hint: `a job id is ${RULE}`,
    });
  });

  it('is checked in the manifest even where another one is asked for', async () => {
    expect(await reader.refuse({ job_id: '?', ...EMPTY }, { job_id: 'other' })).toHaveLength(1);
  });
});

describe('unknown fields', () => {
  const warningsOf = async (manifest: object) => (await reader.accept(manifest)).warnings;

  it('are ignored with one warning that names them', async () => {
    const manifest = manifestOf('stores', [{ region: 'north' }, { region: 'south', floor: 2 }], {
      version: 3,
    });
    expect(await warningsOf(manifest)).toEqual([
      'ignored unknown fields: version, stores[].region, stores[].floor',
    ]);
  });

  it('are named as those of visits in the older form', async () => {
    expect(await warningsOf(manifestOf('visits', [{ images: [] }]))).toEqual([
      'ignored unknown fields: visits[].images',
    ]);
  });

  it('are named up to ten, the rest counted', async () => {
    const fields = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`f${n}`, n]));
    expect(await warningsOf(manifestOf('stores', [], fields))).toEqual([
      'ignored unknown fields: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9 and 3 more',
    ]);
  });

  it('do not include $schema', async () => {
    expect(await warningsOf(manifestOf('stores', [], { $schema: 'https://x.example/' }))).toEqual(
      [],
    );
  });

  it('do not change the stores', async () => {
    const { manifest } = await reader.accept(manifestOf('stores', [{ region: 'north' }]));
    expect(await manifest.store(0)).toEqual({ store_id: 'S1', visit_time: null, images: [] });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, FORMS, manifestOf, type Reader, storesOf } from './reading.ts';

const A = 'https://cdn.example/a.jpg';
const B = 'https://cdn.example/b.png';
const TIME = '2026-03-01T09:30:00Z';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

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
  ])('does not agree with a count of %j', async (count, message) => {
    expect(await reader.refuse(manifestOf(form, [{}, {}, {}], { count }))).toEqual([
      `manifest.json:1:10  count  ${message}`,
    ]);
  });
});

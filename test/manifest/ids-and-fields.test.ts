import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReader, manifestOf, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

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

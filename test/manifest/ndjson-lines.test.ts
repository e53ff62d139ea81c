import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../src/manifest/manifest.ts';
import { createReader, mixedEntries, type Reader, storesOf } from './reading.ts';

const MIB = 2 ** 20;
const TIME = '2026-03-01T09:30:00Z';
const name = 'manifest.ndjson';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

const accept = async (text: string) => (await reader.accept(text, { name })).manifest;
const refuse = (text: string) => reader.refuse(text, { name });
const line = (store_id: string, images: string[] = []) => JSON.stringify({ store_id, images });
const idsOf = (stores: Store[]) => stores.map(({ store_id }) => store_id);

/** A line of exactly so many bytes, without its newline. */
function lineOf(store_id: string, bytes: number, filling = 'x'): string {
  const room = bytes - Buffer.byteLength(line(store_id, ['']));
  const url = filling.repeat(Math.floor(room / Buffer.byteLength(filling)));
  return line(store_id, [url.concat('x'.repeat(room - Buffer.byteLength(url)))]);
}

describe('NDJSON', () => {
  it('holds one store a line, in either form', async () => {
    const older = JSON.stringify({ store_id: 'S2', visit_time: TIME, image_url: ['b', 'c'] });
    const newer = JSON.stringify({ store_id: 'S3', visit_time: '', images: [] });
    const { manifest, warnings } = await reader.accept(
      `${line('S1', ['a'])}\n${older}\n${newer}\n`,
      { name },
    );
    expect(manifest.store_count).toBe(3);
    expect(manifest.image_counts).toEqual(Uint32Array.of(1, 2, 0));
    expect(await storesOf(manifest)).toEqual([
      { store_id: 'S1', visit_time: null, images: ['a'] },
      { store_id: 'S2', visit_time: TIME, images: ['b', 'c'] },
      { store_id: 'S3', visit_time: '', images: [] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('has a job id that is made up or asked for', async () => {
    expect((await accept(line('S1'))).job_id).toBe('20260301-093000-i000');
    const { manifest } = await reader.accept(line('S1'), { name, job_id: 'asked' });
    expect(manifest.job_id).toBe('asked');
    await expect(reader.accept('', { name, job_id: '?' })).rejects.toMatchObject({ code: 'usage' });
  });

  it.each([
    ['no newline at its end', `${line('S1')}\n${line('S2')}`],
    ['blank lines', `\n \n${line('S1')}\n\n\t\n${line('S2')}\n\n`],
    ['CRLF', `${line('S1')}\r\n\r\n${line('S2')}\r\n`],
    ['a byte-order mark', `\ufeff${line('S1')}\n${line('S2')}\n`],
    ['blanks around its stores', `  ${line('S1')} \n\t${line('S2')}\t\n`],
  ])('may have %s', async (_, text) => {
    const manifest = await accept(text);
    expect(manifest.store_count).toBe(2);
    expect(idsOf(await storesOf(manifest))).toEqual(['S1', 'S2']);
  });

  it.each(['', '\n', '\ufeff', '\r\n \r\n'])('may hold no store (%j)', async (text) => {
    const manifest = await accept(text);
    expect(manifest.store_count).toBe(0);
    expect(manifest.image_counts).toEqual(new Uint32Array());
  });

  it('names unknown fields in one warning', async () => {
    const text = '{"store_id":"S1","images":[],"a":1}\n{"store_id":"S2","image_url":[],"b":1}\n';
    const { warnings } = await reader.accept(`${text}${text}`, { name });
    expect(warnings).toEqual(['ignored unknown fields: stores[].a, stores[].b']);
  });

  it('gives its stores in any order, also at once', async () => {
    const manifest = await accept(
      mixedEntries(50)
        .map((entry) => JSON.stringify(entry))
        .join('\n'),
    );
    const inOrder = await storesOf(manifest);
    const positions = Array.from({ length: 150 }, (_, index) => (index * 37) % 50);
    const atOnce = await Promise.all(positions.map((position) => manifest.store(position)));
    expect(atOnce).toEqual(positions.map((position) => inOrder[position]));
  });

  it('has no store outside its list', async () => {
    const manifest = await accept(line('S1'));
    await expect(manifest.store(1)).rejects.toThrow();
    await expect(manifest.store(-1)).rejects.toThrow();
  });

  it('equals the same manifest as JSON, store by store', async () => {
    const stores = mixedEntries(3000).filter((entry) => 'images' in entry);
    const visits = mixedEntries(3000).filter((entry) => 'image_url' in entry);
    for (const [form, entries] of Object.entries({ stores, visits })) {
      const { manifest: json } = await reader.accept({ [form]: entries });
      const ndjson = await accept(entries.map((entry) => JSON.stringify(entry)).join('\n'));
      expect(ndjson.store_count).toBe(json.store_count);
      expect(ndjson.image_counts).toEqual(json.image_counts);
      expect(await storesOf(ndjson)).toEqual(await storesOf(json));
    }
  });

  it('of 3,000 stores in both forms gives each as it was written', async () => {
    const entries = mixedEntries(3000);
    const manifest = await accept(entries.map((entry) => JSON.stringify(entry)).join('\n'));
    expect(idsOf(await storesOf(manifest))).toEqual(entries.map((_, index) => `S${index} é🏬`));
    expect(manifest.image_counts).toEqual(Uint32Array.from(entries, (_, index) => index % 5));
  });
});

describe('the lines of NDJSON', () => {
  it.each([
    ['end right before the end of a block', [MIB - 1, 100]],
    ['end right at the end of a block', [MIB, 100]],
    ['begin at the end of a block', [MIB - 2, 100, 100]],
    ['cross the end of a block', [700_000, 700_000, 700_000, 700_000]],
    ['are longer than a block', [100, 2.5 * MIB, 100, MIB, 100]],
  ])('may %s', async (_, lengths) => {
    const lines = lengths.map((length, index) => lineOf(`S${index}`, length));
    const manifest = await accept(lines.join('\n'));
    expect(await storesOf(manifest)).toEqual(
      lines.map((text) => ({ visit_time: null, ...JSON.parse(text) })),
    );
  });

  it('may have characters that the end of a block cuts', async () => {
    for (const start of ['S', 'S1', 'S12', 'S123']) {
      const text = lineOf(start, MIB + 1000, '🏬');
      const manifest = await accept(`${text}\n${line('last')}\n`);
      expect(await manifest.store(0)).toEqual({ visit_time: null, ...JSON.parse(text) });
      expect((await manifest.store(1)).store_id).toBe('last');
    }
  });

  it('have their right numbers after long ones', async () => {
    expect(await refuse(`${lineOf('S1', 2 * MIB)}\n\n${lineOf('S2', MIB)}\n{`)).toEqual([
      'manifest.ndjson:4:2  unexpected end of the line',
    ]);
  });
});

describe('a bad line of NDJSON', () => {
  it('is named with line, column and path, and so are all others', async () => {
    const lines = [
      line('S1'),
      '{"store_id": "S2" "images": []}',
      '',
      '[]',
      '{"store_id": "S3", "image_url": ["a", 1]}',
      '{"store_id": "S4"}\r',
      '   {"store_id": "", "images": [null, {}]}',
      line('S5'),
      '{"store_id": "S6", "images": [], }',
      '{',
    ];
    expect(await refuse(lines.join('\n'))).toEqual([
      'manifest.ndjson:2:19  expected a comma',
      'manifest.ndjson:4:1  stores[2]  expected a store (an object with store_id and images), got list',
      'manifest.ndjson:5:39  stores[3].image_url[1]  expected a URL string, got number',
      'manifest.ndjson:6:1  stores[4].images  missing: expected a list of URLs',
      'manifest.ndjson:7:17  stores[5].store_id  expected a non-empty string of at most 256 characters, got an empty string',
      'manifest.ndjson:7:32  stores[5].images[0]  expected a URL string, got null',
      'manifest.ndjson:7:38  stores[5].images[1]  expected a URL string, got object',
      'manifest.ndjson:9:34  expected no comma before }',
      'manifest.ndjson:10:2  unexpected end of the line',
    ]);
  });

  it('is found a thousand times', async () => {
    const problems = await refuse('{"store_id": 1, "images": []}\n'.repeat(1000));
    expect(problems).toHaveLength(1000);
    expect(problems.at(-1)).toMatch(/^manifest\.ndjson:1000:14 {2}stores\[999\]\.store_id {2}/);
  });

  it('may be a whole manifest, or two stores', async () => {
    expect(await refuse('{"stores": []}')).toHaveLength(2);
    expect(await refuse(`${line('S1')} ${line('S2')}`)).toEqual([
      'manifest.ndjson:1:31  expected the end of the line',
    ]);
  });

  it('has no byte-order mark but on the first line', async () => {
    expect(await refuse(`${line('S1')}\n\ufeff${line('S2')}`)).toEqual([
      expect.stringMatching(/^manifest\.ndjson:2:1 {2}unexpected /),
    ]);
  });

  it('has its columns counted after the byte-order mark', async () => {
    expect(await refuse('\ufeff{"store_id": 1, "images": []}')).toEqual([
      expect.stringMatching(/^manifest\.ndjson:1:14 {2}stores\[0\]\.store_id {2}/),
    ]);
  });
});

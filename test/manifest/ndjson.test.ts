import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/manifest/read.ts';
import { READ, readJson, readText } from '../support/manifest.ts';

const line = (store_id: string, images: unknown = ['http://a/']) =>
  JSON.stringify({ store_id, images });
const readLines = (text: string | Buffer, name = 'm.ndjson') => readText(text, {}, name);

describe('an NDJSON manifest', () => {
  it('holds one store a line, in either form', async () => {
    const old = JSON.stringify({ store_id: 'S2', visit_time: 'noon', image_url: ['http://b/'] });
    const { stores, manifest } = await readLines(`${line('S1')}\n${old}\n`);
    expect(stores).toEqual([
      { store_id: 'S1', visit_time: null, images: ['http://a/'] },
      { store_id: 'S2', visit_time: 'noon', images: ['http://b/'] },
    ]);
    expect(manifest?.image_counts).toEqual(new Uint32Array([1, 1]));
  });

  it.each(['m.ndjson', 'm.jsonl', 'm.NDJSON'])('is told by its name: %s', async (name) => {
    expect((await readLines(line('S1'), name)).stores).toHaveLength(1);
  });

  it('may have blank lines, CRLF, a byte-order mark, and no newline at its end', async () => {
    const { stores } = await readLines(`\ufeff${line('S1')}\r\n\r\n  \n${line('S2')}`);
    expect(stores.map(({ store_id }) => store_id)).toEqual(['S1', 'S2']);
  });

  it('may be empty', async () => {
    expect((await readLines('')).manifest?.store_count).toBe(0);
  });

  it('has problems with the line of the file and the position of the store', async () => {
    const text = `${line('S1')}\n\n${line('S2', [1])}\n{"store_id":"S3",}\n"S4"\n${line('S5')}`;
    const { lines } = await readLines(text);
    expect(lines).toEqual([
      'm.ndjson:3:28  stores[1].images[0]  expected a URL string, got number',
      'm.ndjson:4:18  expected no comma before }',
      'm.ndjson:5:1  stores[3]  expected a store (an object with store_id and images), got string',
    ]);
  });

  it('that is not UTF-8 says in which line', async () => {
    const { lines } = await readLines(Buffer.from(`${line('S1')}\n${line('caf\xe9')}`, 'latin1'));
    expect(lines[0]).toMatch(/^m\.ndjson:2:17 {2}not UTF-8/);
  });

  it('equals the JSON manifest of the same stores, also beyond one block of its reader', async () => {
    const list = Array.from({ length: 3000 }, (_, index) => ({
      store_id: `S${index}é`,
      images: Array.from(
        { length: index % 30 },
        (__, image) => `https://cdn.example/${'x'.repeat(40)}/${image}`,
      ),
    }));
    const ndjson = await readLines(list.map((store) => JSON.stringify(store)).join('\n'));
    const json = await readJson({ stores: list });
    expect(ndjson.stores).toEqual(json.stores);
    expect(ndjson.manifest?.image_counts).toEqual(json.manifest?.image_counts);
  });

  it('may have a line longer than several blocks', async () => {
    const images = Array.from(
      { length: 60_000 },
      (_, image) => `https://cdn.example/${'x'.repeat(40)}/${image}`,
    );
    const { stores } = await readLines(`${line('S1')}\n${line('S2', images)}\n${line('S3')}`);
    expect(stores.map((store) => store.images.length)).toEqual([1, 60_000, 1]);
  });

  it('has its unknown fields named once', async () => {
    const { warnings } = await readLines(
      '{"store_id":"S1","images":[],"x":1}\n{"store_id":"S2","images":[],"x":1}',
    );
    expect(warnings).toEqual(['ignored unknown fields: stores[].x']);
  });

  it('can come from standard input, and leaves nothing behind', async () => {
    const copies = () => readdirSync(tmpdir()).filter((name) => /^imgjob-(?!test)/.test(name));
    const before = copies();
    const stdin = Readable.from([
      Buffer.from(`${line('S1')}\n{"store_id"`),
      Buffer.from(':"S2","images":[]}'),
    ]);
    const outcome = await readManifest({ path: '-', stdin }, { ...READ, format: 'ndjson' });
    if ('problems' in outcome) throw new Error('expected a manifest');
    expect((await outcome.manifest.store(1)).store_id).toBe('S2');
    expect((await outcome.manifest.store(0)).store_id).toBe('S1');
    await outcome.manifest.close();
    expect(copies()).toEqual(before);
  });

  it('that changes under the run is an error, not a wrong store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'imgjob-test-'));
    const path = join(folder, 'm.ndjson');
    writeFileSync(path, `${line('S1')}\n${line('S2')}`);
    const outcome = await readManifest({ path, stdin: process.stdin }, READ);
    if ('problems' in outcome) throw new Error('expected a manifest');
    writeFileSync(path, `${line('S1')}`);
    await expect(outcome.manifest.store(1)).rejects.toThrow('the manifest changed');
    await outcome.manifest.close();
    rmSync(folder, { recursive: true });
  });
});

import { readdirSync, renameSync, truncateSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Store } from '../../src/manifest/manifest.ts';
import {
  bad,
  createReader,
  good,
  inPieces,
  mixedEntries,
  type Reader,
  storesOf,
} from './reading.ts';

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
const line = (store_id: string, images: string[] = []) => JSON.stringify({ store_id, images });
const idsOf = (stores: Store[]) => stores.map(({ store_id }) => store_id);

describe('NDJSON from standard input', () => {
  it('is kept in a temporary file, of which close() leaves nothing', async () => {
    vi.stubEnv('TMPDIR', reader.temporary);
    const entries = mixedEntries(200);
    const text = entries.map((entry) => JSON.stringify(entry)).join('\n');
    const { manifest } = good(await reader.readStdin(inPieces(text, 1000), { format: 'ndjson' }));
    expect(idsOf(await storesOf(manifest))).toEqual(entries.map((_, index) => `S${index} é🏬`));
    await manifest.close();
    expect(readdirSync(reader.temporary)).toEqual([]);
    await expect(manifest.store(0)).rejects.toThrow();
  });

  it('leaves nothing where it is bad', async () => {
    vi.stubEnv('TMPDIR', reader.temporary);
    expect(bad(await reader.readStdin(inPieces('{\n', 1), { format: 'ndjson' }))).toHaveLength(1);
    expect(readdirSync(reader.temporary)).toEqual([]);
  });

  it('leaves nothing where it breaks off', async () => {
    vi.stubEnv('TMPDIR', reader.temporary);
    async function* broken() {
      yield Buffer.from(line('S1'));
      throw new Error('broken pipe');
    }
    const read = reader.read('-', { format: 'ndjson' }, broken());
    await expect(read).rejects.toMatchObject({ code: 'manifest-unreadable' });
    expect(readdirSync(reader.temporary)).toEqual([]);
  });

  it('is an error where there is no place for the temporary file', async () => {
    vi.stubEnv('TMPDIR', reader.path('no-such-folder'));
    const read = reader.readStdin([Buffer.from(line('S1'))], { format: 'ndjson' });
    await expect(read).rejects.toMatchObject({ code: 'temporary-unwritable' });
  });
});

describe('an NDJSON file that changes under way', () => {
  const text = `${line('S1', ['a'])}\n${line('S2', ['b'])}\n`;
  const changed = { code: 'manifest-changed', message: expect.stringContaining('changed') };

  it('is an error where a store is cut off', async () => {
    const manifest = await accept(text);
    truncateSync(reader.path(name), text.length - 5);
    await expect(manifest.store(0)).rejects.toMatchObject(changed);
    await expect(manifest.store(1)).rejects.toMatchObject(changed);
  });

  it('is an error where other URLs of the same length stand there now', async () => {
    const manifest = await accept(text);
    expect((await manifest.store(0)).images).toEqual(['a']);
    reader.write(name, text.replace('"b"', '"c"'));
    await expect(manifest.store(1)).rejects.toMatchObject(changed);
  });

  it('changes nothing once a copy is kept', async () => {
    const { manifest, text: kept } = await reader.accept(text, { name });
    await kept.copyTo(reader.path('kept.ndjson'));
    reader.write(name, 'x');
    expect(idsOf(await storesOf(manifest))).toEqual(['S1', 'S2']);
    await manifest.close();
    await expect(manifest.store(0)).rejects.toThrow('closed');
  });

  it.each([
    ['no JSON', 'x'.repeat(32)],
    ['blank', ' '.repeat(32)],
    ['no store', JSON.stringify({ x: 'x'.repeat(24) })],
    ['a store of more images', line('S1', ['', ''])],
  ])('is an error where a line is now %s', async (_, first) => {
    const manifest = await accept(text);
    reader.write(name, `${first}\n${text}`);
    await expect(manifest.store(0)).rejects.toMatchObject(changed);
  });

  it('may be replaced by another file, since it stays open', async () => {
    const manifest = await accept(text);
    renameSync(reader.write('other.ndjson', '{}'), reader.path(name));
    expect(idsOf(await storesOf(manifest))).toEqual(['S1', 'S2']);
  });
});

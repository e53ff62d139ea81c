import { mkdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ImgjobError } from '../../src/errors.ts';
import { bad, createReader, good, inPieces, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The error of a source that can't be read. */
async function errorOf(read: Promise<unknown>): Promise<ImgjobError> {
  const error = await read.then(
    () => new Error('it was read'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ImgjobError)) throw error;
  return error;
}

describe.each(['json', 'ndjson'] as const)('a source of %s', (format) => {
  it('that is missing is an error that names it', async () => {
    const path = reader.path(`nowhere.${format}`);
    const error = await errorOf(reader.read(path));
    expect(error).toMatchObject({ code: 'manifest-unreadable', exitCode: 2 });
    expect(error.message).toBe(`can't read ${path}: no such file`);
  });

  it('that lies below a file is missing', async () => {
    const path = `${reader.write('file.txt', '')}/manifest.${format}`;
    expect((await errorOf(reader.read(path))).message).toBe(`can't read ${path}: no such file`);
  });

  it('that is a folder is an error', async () => {
    const path = reader.path(`folder.${format}`);
    mkdirSync(path);
    const error = await errorOf(reader.read(path));
    expect(error.code).toBe('manifest-unreadable');
    expect(error.message).toBe(`can't read ${path}: it is a folder`);
  });

  it('with a hostile name is named safely', async () => {
    const { message } = await errorOf(reader.read(`/nowhere/\u001b[31m\n.${format}`));
    expect(message).toBe(`can't read /nowhere/[31m.${format}: no such file`);
  });

  it('with a name of thousands of characters is an error of one line', async () => {
    const { message } = await errorOf(reader.read(`${'x'.repeat(5000)}.${format}`));
    expect(message).toMatch(/^can't read x+…: its name is too long$/);
    expect(message.length).toBeLessThan(400);
  });

  it('that breaks off is an error', async () => {
    async function* broken() {
      yield Buffer.from('{');
      throw new Error('the pipe\u001b[31m broke');
    }
    const error = await errorOf(reader.read('-', { format }, broken()));
    expect(error.code).toBe('manifest-unreadable');
    expect(error.message).toBe("can't read standard input: the pipe[31m broke");
  });
});

describe('the format', () => {
  const line = '{"store_id": "S1", "images": []}';
  const lines = `${line}\n${line}\n`;

  it.each(['m.ndjson', 'm.jsonl', 'm.NDJSON', 'm.JsonL'])(
    'of %s is a store a line',
    async (name) => {
      expect((await reader.accept(lines, { name })).manifest.store_count).toBe(2);
    },
  );

  it.each(['m.json', 'm.JSON', 'm', 'm.data', 'ndjson'])('of %s is one document', async (name) => {
    expect((await reader.accept({ stores: [] }, { name })).manifest.store_count).toBe(0);
    expect(await reader.refuse(lines, { name })).toHaveLength(1);
  });

  it.each(['m.csv', 'm.CSV', 'm.tsv', 'm.txt'])('of %s is a list', async (name) => {
    const text =
      name === 'm.txt' ? 'https://x.example/a' : 'store_id\turl\nS1\thttps://x.example/a';
    const list = await reader.accept(text, { name });
    expect(await list.manifest.store(0)).toMatchObject({ images: ['https://x.example/a'] });
  });

  it('that is asked for wins over the name', async () => {
    const asked = await reader.accept(lines, { name: 'm.json', format: 'ndjson' });
    expect(asked.manifest.store_count).toBe(2);
    const document = await reader.accept({ stores: [] }, { name: 'm.ndjson', format: 'json' });
    expect(document.manifest.store_count).toBe(0);
  });
});

describe('standard input', () => {
  const manifest = { job_id: 'piped', stores: [{ store_id: 'Café 🏬', images: ['x'] }] };

  it('holds JSON, in chunks of any size', async () => {
    for (const size of [1, 7, 4096]) {
      const outcome = await reader.readStdin(inPieces(JSON.stringify(manifest), size));
      expect(await good(outcome).manifest.store(0)).toEqual({
        store_id: 'Café 🏬',
        visit_time: null,
        images: ['x'],
      });
    }
  });

  it('may be a stream of the system', async () => {
    const stream = Readable.from([Buffer.from(JSON.stringify(manifest))]);
    const outcome = await reader.read('-', {}, stream);
    expect(good(outcome).manifest.job_id).toBe('piped');
  });

  it('is named <stdin> in problems', async () => {
    expect(bad(await reader.readStdin(inPieces('[]', 1)))).toEqual([
      '<stdin>:1:1  expected a manifest (an object with a list of stores), got list',
    ]);
    expect(bad(await reader.readStdin(inPieces('[]', 1), { format: 'ndjson' }))).toEqual([
      '<stdin>:1:1  stores[0]  expected a store (an object with store_id and images), got list',
    ]);
  });

  it('that is empty is an empty manifest', async () => {
    expect(bad(await reader.readStdin([]))).toEqual([
      '<stdin>:1:1  the file is empty: expected a manifest',
    ]);
  });
});

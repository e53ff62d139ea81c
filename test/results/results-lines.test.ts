import { open } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { indexLines } from '../../src/results/results-lines.ts';
import { createWorkspace } from '../support/cli.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

/** The lines whose places alone are kept, and what is read whole. */
async function splitOf(text: string) {
  const file = await open(workspace.write('results', text));
  const { offsets, rest } = await indexLines(file).finally(() => file.close());
  return { stores: offsets.map((offset) => text.slice(offset).split('\n')[0]), rest };
}

describe('the lines of a results document', () => {
  it.each([
    ['JSON', '{\n  "stores": [\n', ['    {"store_id":"S1"},', '    {"store_id":"S2"}'], '  ]\n}\n'],
    ['NDJSON', '', ['{"job_id":"a.b-c","store_id":"S1"}'], '{"schema_version":1}\n'],
  ])('are a store each in %s as imgjob writes it', async (_, before, stores, after) => {
    const text = `${before}${stores.map((line) => `${line}\n`).join('')}${after}`;
    expect(await splitOf(text)).toEqual({ stores, rest: before + after });
  });

  it.each([
    ['one line', '{"stores":[{"store_id":"S1"}]}'],
    ['many', '{\n  "stores": [\n    {\n      "store_id":"S1"\n    }\n  ]\n}\n'],
    ['blanks in stores', '    {"store_id": "S1"},\n'],
    ['other blanks before stores', '  {"store_id":"S1"},\n'],
    ['a manifest of a store a line', '{"store_id":"S1"}\n'],
  ])('are read whole where the layout is another: %s', async (_, text) => {
    expect(await splitOf(text)).toEqual({ stores: [], rest: text });
  });
});

import { truncateSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { openResultsFile } from '../../src/results/results-file.ts';
import type { StoreResult } from '../../src/results/results-schema.ts';
import { createWorkspace } from '../support/cli.ts';
import { image, store } from '../support/documents.ts';
import {
  HEAD,
  jq,
  jsonText,
  NO_INPUT,
  ndjsonText,
  oddText,
  read,
  STORES,
} from '../support/results-files.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

/** Why a file of this text can't be read. */
async function reasonOf(text: string | Uint8Array): Promise<string> {
  const error: unknown = await read(text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'results-unreadable', exitCode: 2 });
  const { message } = error instanceof Error ? error : { message: '' };
  return message.replace("can't read standard input as a results document: ", '');
}

describe('what is no results file', () => {
  const negative = { ...HEAD, summary: { ...HEAD.summary, bytes: -1 } };

  it.each([
    ['nothing', '', 'it is empty'],
    ['a byte-order mark and blanks', '\ufeff\n \n', 'it is empty'],
    ['a word', 'hush', 'it is not JSON'],
    ['UTF-16', Buffer.from(jsonText(), 'utf16le'), 'it is not JSON'],
    ['two documents', jsonText() + jsonText(), 'it holds several documents'],
    ['two in NDJSON', ndjsonText() + ndjsonText(), 'it holds several documents'],
    ['two that jq laid out', jq('.') + jq('.'), 'it holds several documents'],
    ['two in a line each', jq('-c', '.') + jq('-c', '.'), 'it holds several documents'],
    ['two in layouts of their own', jsonText() + oddText(), 'it holds several documents'],
    [
      'two, the last of which is cut',
      (jsonText() + jsonText()).slice(0, -9),
      'it holds several documents',
    ],
    ['a document and more', `${jsonText()}hush`, 'it is not JSON'],
    ['a manifest in NDJSON', '{"store_id":"S1","images":[]}\n'.repeat(2), 'it is not JSON'],
    ['a list', '[]', 'expected object, received array'],
    ['null', 'null', 'expected object, received null'],
    ['a manifest', '{"job_id":"a","stores":[]}', 'schema_version: expected 1'],
    [
      'a later form',
      jsonText(STORES, { ...HEAD, schema_version: 2 }),
      'schema_version: expected 1',
    ],
    [
      'a negative count',
      jsonText(STORES, negative),
      'summary.bytes: Too small: expected number to be >=0',
    ],
  ])('%s is refused with its reason', async (_, text, reason) => {
    expect(await reasonOf(text)).toBe(reason);
  });

  it.each([
    ['fewer stores than it says', STORES.slice(1), 'it holds 2 of its 3 stores'],
    ['no stores', [], 'it holds 0 of its 3 stores'],
    ['more stores', [...STORES, ...STORES], 'it holds 6 of its 3 stores'],
  ])('%s', async (_, stores, reason) => {
    expect(await reasonOf(jsonText(stores))).toBe(reason);
  });

  it('a document without the field stores is refused', async () => {
    expect(await reasonOf(JSON.stringify(HEAD))).toBe('it holds 0 of its 3 stores');
  });

  it.each([
    ['NDJSON without its last line', () => ndjsonText().split('\n').slice(0, 3).join('\n')],
    ['NDJSON that is cut in a store', () => ndjsonText().slice(0, 400)],
  ])('%s is refused', async (_, text) => {
    expect(await reasonOf(text())).toBe('its last line is missing');
  });

  it.each([
    ['as imgjob writes it', jsonText()],
    ['as jq does', jq('.')],
  ])('JSON %s that is cut anywhere is called so', async (_, text) => {
    const { length } = text.trimEnd();
    for (let end = 1; end < length; end += 31) {
      expect(await reasonOf(text.slice(0, end)), text.slice(0, end)).toBe('it is cut off');
    }
  });

  it.each<[string, (one: StoreResult) => unknown, string]>([
    ['a store that is none', () => 'S1', 'stores[1]: expected object, received string'],
    [
      'a store without its id',
      ({ store_id, ...rest }) => rest,
      'stores[1].store_id: expected string, received undefined',
    ],
    [
      'a store of no known status',
      (one) => ({ ...one, status: 'lost' }),
      'stores[1].status: Invalid option: expected one of "completed"|"failed"|"skipped"|"ongoing"|"pending"',
    ],
    [
      'an image that is none',
      (one) => ({ ...one, images: [image(), null] }),
      'stores[1].images[1]: expected object, received null',
    ],
    [
      'an image of a width that is none',
      (one) => ({ ...one, images: [image(), image(), image({ width: 0.5 })] }),
      'stores[1].images[2].width: expected int, received number',
    ],
  ])('%s is named by its path, in every layout', async (_, damage, reason) => {
    const stores = STORES.map((one, index) => (index === 1 ? damage(one) : one));
    expect(await reasonOf(JSON.stringify({ ...HEAD, stores }))).toBe(reason);
    // A line that does not begin as a store's does makes the rest no JSON.
    if (reason.includes('images')) expect(await reasonOf(jsonText(stores))).toBe(reason);
  });

  it('is an error of its own for each image, however many are wrong', async () => {
    const stores = [store([]), { ...store([]), images: Array(200_000).fill(null) }, store([])];
    expect(await reasonOf(jsonText(stores))).toMatch(/^stores\[1\]\.images\[0\]: /);
  });

  it('is not quoted: it may be of a secret', async () => {
    const text = jsonText().replace('?token=hush"', '?token=hush"!');
    expect(await reasonOf(text)).toBe('it is not JSON');
  });

  it.each([
    ['nowhere.json', 'no such file'],
    ['.', 'it is a folder'],
    ['large.json', 'it is over 256 MiB'],
  ])('may be no file at all, or a large one: %s', async (name, reason) => {
    truncateSync(workspace.write('large.json', ''), 257 * 2 ** 20);
    const path = workspace.path(name);
    await expect(openResultsFile({ path, ...NO_INPUT })).rejects.toThrow(
      `can't read ${path} as a results document: ${reason}`,
    );
  });
});

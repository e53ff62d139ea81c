import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoreResult } from '../../src/job/schema.ts';
import { openResultsFile } from '../../src/report/results-file.ts';
import { createWorkspace } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { documentOf, failed, image, skipped, store } from '../support/documents.ts';

const workspace = createWorkspace();
afterAll(() => workspace.remove());

const STORES = [
  store([image(), image({ output: { faces: [1, null] } })], { store_id: 'S1' }),
  store([], { store_id: 'Sé2', visit_time: 'monday' }),
  store([image(), failed({ url: 'https://me:hush@cdn.example/b.png?token=hush' }), skipped()]),
];
const { head: HEAD } = documentOf(STORES);
const ERRORS = [{ store_id: 'S0031', error: 'image 2 of 3: 404 Not Found' }];

/** As imgjob writes it: a line for each field of the head, and for each store. */
function jsonText(stores: unknown[] = STORES, head: object = HEAD): string {
  const fields = Object.entries({ ...head, errors: ERRORS }).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  const lines = stores.map((one) => `\n    ${JSON.stringify(one)}`).join(',');
  return `{\n${fields.join('')}  "stores": [${lines}\n  ]\n}\n`;
}

function ndjsonText(): string {
  const lines = STORES.map((one) => ({ job_id: HEAD.job_id, ...one }));
  return [...lines, { ...HEAD, errors: ERRORS }].map((one) => `${JSON.stringify(one)}\n`).join('');
}

function jq(...args: string[]): string {
  return execFileSync('jq', args, { input: jsonText(), encoding: 'utf8' });
}

async function* bytes(text: string | Uint8Array) {
  yield Buffer.from(text);
}

const NO_INPUT = { stdin: bytes('') };

/** All that is read of a file of this text. */
async function read(text: string | Uint8Array) {
  const opened = await openResultsFile({ path: '-', stdin: bytes(text) });
  try {
    return { head: opened.head, stores: await collect(opened.stores()) };
  } finally {
    await opened.close();
  }
}

/** Why a file of this text can't be read. */
async function reasonOf(text: string | Uint8Array): Promise<string> {
  const error: unknown = await read(text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'results-unreadable', exitCode: 2 });
  const { message } = error instanceof Error ? error : { message: '' };
  return message.replace("can't read standard input as a results document: ", '');
}

describe('a results file', () => {
  const compact = JSON.stringify({ ...HEAD, errors: ERRORS, stores: STORES });

  it.each([
    ['JSON as imgjob writes it', jsonText()],
    ['NDJSON as imgjob writes it', ndjsonText()],
    ['JSON with a byte-order mark', `\ufeff${jsonText()}`],
    ['NDJSON with a byte-order mark', `\ufeff${ndjsonText()}`],
    ['JSON with the line ends of Windows', jsonText().replaceAll('\n', '\r\n')],
    ['NDJSON with the line ends of Windows', ndjsonText().replaceAll('\n', '\r\n')],
    ['NDJSON without its last newline', ndjsonText().trimEnd()],
    ['what jq makes of it', jq('.')],
    ['what jq -S makes of it', jq('-S', '.')],
    ['what jq -c makes of it', jq('-c', '.')],
    ['what jq --tab makes of it', jq('--tab', '.')],
    ['one line', compact],
    // Errors and small stores a line each, others on several.
    ['a layout of which some lines look like stores', oddText()],
  ])('may be %s', async (_, text) => {
    expect(await read(text)).toEqual({ head: HEAD, stores: STORES });
  });

  it('may have fields of later versions', async () => {
    const stores = STORES.map((one) => ({
      ...one,
      more: 1,
      images: one.images.map((each) => ({
        ...each,
        error: each.error && { ...each.error, more: 1 },
        more: 1,
      })),
    }));
    const summary = { ...HEAD.summary, images: { ...HEAD.summary.images, more: 1 }, more: 1 };
    const { head, stores: seen } = await read(jsonText(stores, { ...HEAD, summary, more: 1 }));
    expect(head).toEqual(HEAD);
    expect(seen).toHaveLength(3);
    expect(seen.flatMap(({ images }) => images).map(({ error }) => error?.code)).toEqual([
      ...[undefined, undefined, undefined, 'http-status', undefined],
    ]);
  });

  it('may be one without stores', async () => {
    const { head } = documentOf([]);
    expect(await read(jsonText([], head))).toEqual({ head, stores: [] });
  });

  it('is read from its path, and more than once', async () => {
    const path = workspace.write('results.json', jsonText());
    const opened = await openResultsFile({ path, ...NO_INPUT });
    expect(await collect(opened.stores())).toEqual(STORES);
    expect(await collect(opened.stores())).toEqual(STORES);
    await opened.close();
  });

  it('may hold an output that is nested as deeply as it likes', async () => {
    const text = jsonText(
      [store([image({ output: 'deep' })])],
      documentOf([store([image()])]).head,
    );
    const deep = text.replace('"deep"', '['.repeat(100_000) + ']'.repeat(100_000));
    expect((await read(deep)).stores).toHaveLength(1);
  });
});

describe('what is no results file', () => {
  const negative = { ...HEAD, summary: { ...HEAD.summary, bytes: -1 } };

  it.each([
    ['nothing', '', 'it is empty'],
    ['a byte-order mark and blanks', '\ufeff\n \n', 'it is empty'],
    ['a word', 'hush', 'it is not JSON'],
    ['UTF-16', Buffer.from(jsonText(), 'utf16le'), 'it is not JSON'],
    ['two documents', jsonText() + jsonText(), 'it is not JSON'],
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

/** JSON laid out by width, as some formatters do. */
function oddText(): string {
  const line = (value: unknown) => JSON.stringify(value).replaceAll('":', '": ');
  const [first, second, third] = STORES;
  return `{
  "job_id": "left out below", "errors": [
    ${line(ERRORS[0])}
  ],
  ${line(HEAD).slice(1, -1)},
  "stores": [
    ${JSON.stringify(first, null, 2)},
    ${line(second)},
    ${JSON.stringify(third, null, 2)}
  ]
}`;
}

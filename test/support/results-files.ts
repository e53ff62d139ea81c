import { execFileSync } from 'node:child_process';
import { openResultsFile } from '../../src/results/results-file.ts';
import { collect } from './collect.ts';
import { documentOf, failed, image, skipped, store } from './documents.ts';

export const STORES = [
  store([image(), image({ output: { faces: [1, null] } })], { store_id: 'S1' }),
  store([], { store_id: 'Sé2', visit_time: 'monday' }),
  store([image(), failed({ url: 'https://me:hush@cdn.example/b.png?token=hush' }), skipped()]),
];
export const { head: HEAD } = documentOf(STORES);
export const ERRORS = [{ store_id: 'S0031', error: 'image 2 of 3: 404 Not Found' }];

/** As imgjob writes it: a line for each field of the head, and for each store. */
export function jsonText(stores: unknown[] = STORES, head: object = HEAD): string {
  const fields = Object.entries({ ...head, errors: ERRORS }).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  const lines = stores.map((one) => `\n    ${JSON.stringify(one)}`).join(',');
  return `{\n${fields.join('')}  "stores": [${lines}\n  ]\n}\n`;
}

export function ndjsonText(): string {
  const lines = STORES.map((one) => ({ job_id: HEAD.job_id, ...one }));
  return [...lines, { ...HEAD, errors: ERRORS }].map((one) => `${JSON.stringify(one)}\n`).join('');
}

export function jq(...args: string[]): string {
  return execFileSync('jq', args, { input: jsonText(), encoding: 'utf8' });
}

async function* bytes(text: string | Uint8Array) {
  yield Buffer.from(text);
}

export const NO_INPUT = { stdin: bytes('') };

/** All that is read of a file of this text. */
export async function read(text: string | Uint8Array) {
  const opened = await openResultsFile({ path: '-', stdin: bytes(text) });
  try {
    return { head: opened.head, stores: await collect(opened.stores()) };
  } finally {
    await opened.close();
  }
}

/** With more blanks before one of its stores, or before all. */
export function indented(text: string, store?: number): string {
  let position = 0;
  return text.replaceAll(/^ {4}(?=\{"store_id")/gm, (blanks) => {
    const isMeant = store === undefined || position === store;
    position += 1;
    return isMeant ? `${blanks}  ` : blanks;
  });
}

export function withErrorLines(text: string): string {
  return text
    .replace('"errors": [{', '"errors": [\n    {')
    .replace('}],\n  "stores', '}\n  ],\n  "stores');
}

/** JSON laid out by width, as some formatters do. */
export function oddText(): string {
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

import { expect, it } from 'vitest';
import type { ManifestForm } from '../../src/manifest/format.ts';
import { loadManifest } from '../../src/manifest/read.ts';

const BAD = 5000;
const lines = (line: string) => `${line}\n`.repeat(BAD);
const stores = (store: string) => `{"stores":[${Array(BAD).fill(store).join(',')}]}`;

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

it.each<[string, ManifestForm, string]>([
  ['stores', 'json', stores('{"store_id":1,"images":[]}')],
  ['URLs', 'json', `{"stores":[{"store_id":"a","images":[${Array(BAD).fill(1).join(',')}]}]}`],
  ['repeated names', 'json', stores('{"store_id":"a","store_id":"a","images":[]}')],
  ['lines', 'ndjson', lines('{"store_id":1,"images":[]}')],
  ['rows', 'csv', `store_id,image_url\n${lines('a,b,c')}`],
])('no more problems are told than are wanted: %s', async (_, format, text) => {
  const how = { format, job_id: null, now: Date.now, random: Math.random, most_problems: 100 };
  const outcome = await loadManifest({ path: '-', stdin: once(text) }, how);
  const problems = 'problems' in outcome ? outcome.problems : [];
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)?.message).toBe('too many problems: not all are shown');
});

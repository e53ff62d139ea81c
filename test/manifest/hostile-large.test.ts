import { expect, test } from 'vitest';
import { lines, problemsOf, readValid } from './manifest-file.ts';

test('nesting of more than five million levels is too much, brackets in strings are none', async () => {
  expect(lines(await problemsOf('['.repeat(5_000_001)))).toEqual(['1:5000001 : nested too deeply']);
  expect(lines(await problemsOf('['.repeat(5_000_000)))).toEqual([
    '1:5000001 : unexpected end of the file',
  ]);
  const text = `{"stores":[],"x":"${'[\\"'.repeat(5_000_001)}"}`;
  expect((await readValid(text)).manifest.store_count).toBe(0);
});

test('a store id of 150 million characters is counted', async () => {
  const text = `{"store_id":"${'x'.repeat(150_000_000)}","images":[]}`;
  const [problem] = await problemsOf(text, 'm.ndjson');
  expect(problem?.message).toMatch(/^expected a non-empty string .* got 150000000 characters$/);
});

test('a URL of 100 MB is a URL, and what stands behind it has a place', async () => {
  const url = 'x'.repeat(100_000_000);
  const text = `{"stores":[{"store_id":"S","images":["${url}",1]}]}`;
  expect(lines(await problemsOf(text))).toEqual([
    '1:100000041 stores[0].images[1]: expected a URL string, got number',
  ]);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

/** The shortest of so many runs, in milliseconds. */
async function best(runs: number, run: () => unknown): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let count = 0; count < runs; count += 1) {
    const start = performance.now();
    await run();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

it('a manifest of 100,000 URLs is read in a small multiple of what JSON.parse takes', async () => {
  const stores = Array.from({ length: 2500 }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from({ length: 40 }, (__, image) => `https://x.example/${store}/${image}.jpg`),
  }));
  const text = JSON.stringify({ stores });
  const path = reader.write('large.json', text);
  const parsed = await best(3, () => JSON.parse(text));
  const read = await best(3, () => reader.read(path));
  expect(read).toBeLessThan(4 * parsed + 20);
});

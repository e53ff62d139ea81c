import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReader, type Reader } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

async function time(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

it('a manifest of 100,000 URLs is read in a small multiple of what JSON.parse takes', async () => {
  const stores = Array.from({ length: 2500 }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from({ length: 40 }, (__, image) => `https://x.example/${store}/${image}.jpg`),
  }));
  const text = JSON.stringify({ stores });
  const path = reader.write('large.json', text);
  // In turn and the shortest of each: other work on the machine must not decide.
  let parsed = Number.POSITIVE_INFINITY;
  let read = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round += 1) {
    parsed = Math.min(parsed, await time(() => JSON.parse(text)));
    read = Math.min(read, await time(() => reader.read(path)));
  }
  expect(read).toBeLessThan(10 * parsed + 50);
});

// The loop an engineer would write by hand: undici's request, the whole body, image-size.
// Usage: request-loop.mjs MANIFEST CONCURRENCY
import { readFileSync } from 'node:fs';
import { imageSize } from 'image-size';
import pLimit from 'p-limit';
import { Agent, request } from 'undici';

const [, , path, concurrency] = process.argv;
const { stores } = JSON.parse(readFileSync(path, 'utf8'));
const dispatcher = new Agent({ connections: Number(concurrency) });
const limit = pLimit(Number(concurrency));
const results = await Promise.all(
  stores.map(({ images }) =>
    limit(async () => {
      const sizes = [];
      for (const url of images) {
        const { body } = await request(url, { dispatcher });
        const { width, height } = imageSize(new Uint8Array(await body.arrayBuffer()));
        sizes.push({ url, width, height, perimeter: 2 * (width + height) });
      }
      return sizes;
    }),
  ),
);
process.stdout.write(`${JSON.stringify(results)}\n`);
await dispatcher.close();

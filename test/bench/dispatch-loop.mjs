// The barest loop there is on undici: `dispatch` with a handler, the first chunk to image-size.
// Usage: dispatch-loop.mjs MANIFEST CONCURRENCY [CERTIFICATE]
import { readFileSync } from 'node:fs';
import { imageSize } from 'image-size';
import { Agent } from 'undici';

const [, , path, concurrency, certificate] = process.argv;
const { stores } = JSON.parse(readFileSync(path, 'utf8'));
const connect = certificate ? { ca: readFileSync(certificate) } : {};
const agent = new Agent({ connections: Number(concurrency), connect });

function fetchImage(url) {
  return new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url);
    let size;
    let bytes = 0;
    agent.dispatch(
      { origin, path: pathname + search, method: 'GET' },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          size ??= imageSize(new Uint8Array(chunk));
          bytes += chunk.length;
        },
        onResponseEnd() {
          const { width, height } = size;
          resolve({ url, width, height, perimeter: 2 * (width + height), bytes });
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

const results = [];
let next = 0;
async function pull() {
  while (next < stores.length) {
    const position = next;
    next += 1;
    results[position] = [];
    for (const url of stores[position].images) results[position].push(await fetchImage(url));
  }
}
await Promise.all(Array.from({ length: Number(concurrency) }, pull));
process.stdout.write(`${JSON.stringify(results)}\n`);
await agent.close();

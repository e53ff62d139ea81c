// The batching client that an engineer would write by hand: stores one after another image, one batch of all that wait.
// Usage: batch-client.mjs MANIFEST ENDPOINT SIZE
import { readFileSync } from 'node:fs';
import { imageSize } from 'image-size';
import { Agent, request } from 'undici';

const [, , path, endpoint, size] = process.argv;
const { stores } = JSON.parse(readFileSync(path, 'utf8'));
const dispatcher = new Agent({ connections: stores.length });
const waiting = [];
let [running, isBusy] = [stores.length, false];

/** Sends what waits, when all stores wait or a batch is full. */
async function send() {
  if (isBusy || waiting.length === 0) return;
  if (waiting.length < Math.min(Number(size), running)) return;
  const batch = waiting.splice(0, Number(size));
  isBusy = true;
  const body = JSON.stringify(batch.map(({ url }) => url));
  const answer = await request(endpoint, { method: 'POST', body, dispatcher });
  const outputs = await answer.body.json();
  isBusy = false;
  for (const [index, { resolve }] of batch.entries()) resolve(outputs[index]);
  void send();
}

const infer = (url) =>
  new Promise((resolve) => {
    waiting.push({ url, resolve });
    void send();
  });

const results = await Promise.all(
  stores.map(async ({ images }) => {
    const done = [];
    for (const url of images) {
      const { body } = await request(url, { dispatcher });
      const { width, height } = imageSize(new Uint8Array(await body.arrayBuffer()));
      done.push({ url, perimeter: 2 * (width + height), output: await infer(url) });
    }
    running -= 1;
    void send();
    return done;
  }),
);
process.stdout.write(`${JSON.stringify(results)}\n`);
await dispatcher.close();

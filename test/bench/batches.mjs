// An endpoint that takes 32 images in hardly more time than one: imgjob with a module that takes batches, beside a
// client that was written by hand, and beside one image at a time.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { at, BIN, inTurns, time, writeManifest } from './compare.mjs';
import { makeImages, onCore, serve } from './server.mjs';
import { row } from './table.mjs';

const SIZE = 32;
const MS = 100;

/** Takes one batch of 1 to 32 images at a time, each in 100 ms. */
async function startEndpoint() {
  let busy = Promise.resolve();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const images = JSON.parse(body);
    if (images.length > SIZE) return response.writeHead(413).end();
    busy = busy.then(() => delay(MS));
    await busy;
    return response.end(JSON.stringify(images.map((image) => ({ image }))));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const asking = (url) => `
  const ask = async (urls) => {
    const response = await fetch('${url}', { method: 'POST', body: JSON.stringify(urls) });
    return response.json();
  };`;

/** Answers the rows of 32 stores with so many images each. */
export async function measureBatches(folder, { rounds, images }) {
  const [endpoint, server] = [await startEndpoint(), await serve(await makeImages())];
  const url = `http://127.0.0.1:${endpoint.address().port}`;
  const write = (name, text) => {
    writeFileSync(join(folder, name), asking(url) + text);
    return join(folder, name);
  };
  const batched = write(
    'batched.mjs',
    `export const batch = { size: ${SIZE}, wait_ms: 20 };
     export default (images) => ask(images.map(({ url }) => url));`,
  );
  const single = write('single.mjs', 'export default async ({ url }) => (await ask([url]))[0];');
  const manifest = writeManifest(
    join(folder, 'batches.json'),
    SIZE,
    () => images,
    (store, image) => `${server.address}/small/${store}/${image}.jpg`,
  );
  const imgjob = (work) => [
    ...[process.execPath, BIN, 'run', '-c', String(SIZE), '--progress', 'none', '--work', work],
    ...['--state-dir', join(folder, 'state'), '-o', join(folder, 'out.json'), manifest],
  ];
  try {
    const client = [process.execPath, at('batch-client.mjs'), manifest, url, String(SIZE)];
    const found = await inTurns({ imgjob: imgjob(batched), client }, rounds);
    const alone = await time(onCore(1, imgjob(single)));
    const total = SIZE * images;
    const rate = (ms) => `${Math.round((total * 1000) / ms).toLocaleString('en')} images/s`;
    const what = `${total} images of ${SIZE} stores, an endpoint that does 1 to ${SIZE} in ${MS} ms`;
    const figures = {
      client: `imgjob in batches over a client by hand (${rate(found.client.ms)})`,
      alone: `imgjob in batches over one at a time (${rate(alone.ms)})`,
    };
    return [
      row(what, 'imgjob in batches', rate(found.imgjob.ms)),
      row(what, figures.client, found.client.ratio, 0.9, 'least'),
      row(what, figures.alone, alone.ms / found.imgjob.ms, 10, 'least'),
    ];
  } finally {
    endpoint.closeAllConnections();
    endpoint.close();
    server.stop();
  }
}

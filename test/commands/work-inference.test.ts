import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

/** The example `fixtures/work/inference-client.mjs`, with a server of its kind. */

const EXAMPLE = fileURLToPath(new URL('../../fixtures/work/inference-client.mjs', import.meta.url));
const runs = setUpRuns();
const kept = keptJobs(runs);

type Sent = { url: string; data: string };
let batches: Sent[][] = [];
let flushed = 0;
let busy = 0;
let onInfer: () => void = () => {};
const server = createServer(async (request, response) => {
  if (request.url === '/flush') {
    flushed += 1;
    return response.end();
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const images: Sent[] = JSON.parse(Buffer.concat(chunks).toString());
  onInfer();
  if (busy > 0) {
    busy -= 1;
    return response.writeHead(503).end();
  }
  await delay(50);
  batches.push(images);
  const results = images.map(({ url, data }) =>
    url.includes('/3x3') ? { error: 'too dark' } : { bytes: Buffer.from(data, 'base64').length },
  );
  return response.end(JSON.stringify(results));
});

beforeEach(async () => {
  [batches, flushed, busy, onInfer] = [[], 0, 0, () => {}];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const environment = () => ({
  INFERENCE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
});

function write(images: string[], stores = 8): void {
  const store = (index: number) => ({
    store_id: `S${index + 1}`,
    images: images.map((path) => runs.at(path)),
  });
  const manifest = { stores: Array.from({ length: stores }, (_, index) => store(index)) };
  runs.workspace.write('m.json', { job_id: 'spring-audit', ...manifest });
}

const run = (...args: string[]) =>
  kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', EXAMPLE, ...args], {
    env: environment(),
  });

describe('a client of a model’s server', () => {
  it('asks about the images of all stores at once, and has them flushed at the end', async () => {
    write(['/png/8x6', '/png/4x2']);
    expect((await run()).code).toBe(0);
    for (const { images } of kept.readOutput().stores) {
      for (const { bytes, output } of images) expect(output).toEqual({ bytes });
    }
    expect(batches.flat()).toHaveLength(16);
    expect(batches.length).toBeLessThan(16);
    expect(flushed).toBe(1);
  });

  it('asks again when the server is busy, and not for what the model can’t do', async () => {
    write(['/png/8x6', '/png/3x3'], 2);
    busy = 1;
    expect((await run('--work-retries', '2', '--retry-delay', '10ms')).code).toBe(1);
    const { stores } = kept.readOutput();
    expect(stores.map(({ error }) => error?.message)).toEqual(['too dark', 'too dark']);
    expect(batches.flat().filter(({ url }) => url.includes('/3x3'))).toHaveLength(2);
  });

  it('ends on Ctrl-C with a flush', async () => {
    write(['/png/8x6', '/png/4x2']);
    const { code } = await kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', EXAMPLE], {
      env: environment(),
      onStart(child) {
        onInfer = () => child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(flushed).toBe(1);
    expect(kept.readOutput().status).toBe('ongoing');
  });
});

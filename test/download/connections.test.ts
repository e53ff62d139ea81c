import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Received } from '../../src/download/exchange.ts';
import type { Fault } from '../../src/job/effects.ts';
import { makePng } from '../support/png.ts';
import { SOON_MS } from '../support/times.ts';
import { createDownloader, type DownloaderOptions, downloadWith, OPTIONS } from './downloads.ts';

const open = new Set<Socket>();
const counts = { accepted: 0, most: 0 };
let port = 0;

/** Says when the answer is to come: `/20` after 20 ms. A server that counts what is open. */
const server = createServer((socket) => {
  open.add(socket);
  counts.accepted += 1;
  counts.most = Math.max(counts.most, open.size);
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const [, ms = '0'] = /^GET \/(\d+)/.exec(data.toString('latin1')) ?? [];
    const body = makePng(4, 3);
    const head = `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${body.length}\r\n\r\n`;
    setTimeout(() => socket.write(Buffer.concat([Buffer.from(head), body])), Number(ms));
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(() => {
  for (const socket of open) socket.destroy();
  server.close();
});

/** Two names of one machine: two origins. */
const HOSTS = ['127.0.0.1', '127.0.0.2'];
const urlOf = (host = 0, ms = 0) => `http://${HOSTS[host]}:${port}/${ms}`;

async function withDownloader<T>(
  options: Partial<DownloaderOptions>,
  use: (get: (url: string, signal?: AbortSignal) => Promise<Received | Fault>) => Promise<T>,
): Promise<T> {
  Object.assign(counts, { accepted: 0, most: 0 });
  const { download, close } = createDownloader({ ...OPTIONS, concurrency: 50, ...options });
  try {
    return await use(async (url, signal) => (await downloadWith(download, url, signal)).outcome);
  } finally {
    await close();
    while (open.size > 0) await turn();
  }
}

const isGood = (outcome: Received | Fault) => 'http_status' in outcome && !('code' in outcome);

describe('connections', () => {
  it('are used again, at once when a response has ended', async () => {
    await withDownloader({}, async (get) => {
      for (let count = 0; count < 20; count += 1) expect(isGood(await get(urlOf()))).toBe(true);
    });
    expect(counts.accepted).toBe(1);
  });

  it('are no more than the system has files for; the others wait, and none fails', async () => {
    await withDownloader({ max_connections: 3, timeout_ms: 1500 }, async (get) => {
      // Twenty waits of 300 ms on three connections: longer in all than an attempt may take.
      const urls = Array.from({ length: 20 }, (_, index) => urlOf(index % 2, 300));
      const outcomes = await Promise.all(urls.map((url) => get(url)));
      expect(outcomes.every(isGood)).toBe(true);
    });
    // One that made room may be on its way out.
    expect(counts.most).toBeLessThanOrEqual(4);
  });

  it('at rest make room for those of another host', async () => {
    await withDownloader({ max_connections: 1 }, async (get) => {
      for (const host of [0, 1, 0, 1]) expect(isGood(await get(urlOf(host)))).toBe(true);
    });
    expect(counts.accepted).toBe(4);
  });

  it('of a host that is slow keep nobody waiting for another', async () => {
    await withDownloader({ concurrency: 2 }, async (get) => {
      let ended = 0;
      const slow = [0, 0, 0, 0].map(async (host) => {
        const outcome = await get(urlOf(host, 1000));
        ended += 1;
        return outcome;
      });
      expect(isGood(await get(urlOf(1)))).toBe(true);
      expect(ended).toBe(0);
      expect((await Promise.all(slow)).every(isGood)).toBe(true);
    });
  });

  it('are not torn down for another host while their own has images that wait', async () => {
    await withDownloader({ max_connections: 2 }, async (get) => {
      const urls = Array.from({ length: 64 }, (_, index) => urlOf(index % 2, 2));
      expect((await Promise.all(urls.map((url) => get(url)))).every(isGood)).toBe(true);
    });
    // Eight in a row on each, not a new connection for each image.
    expect(counts.accepted).toBeLessThan(20);
  });

  it('that are waited for are given up when the run stops', async () => {
    const stop = new AbortController();
    await withDownloader({ max_connections: 1 }, async (get) => {
      const all = [1, 2, 3].map(() => get(urlOf(0, 60_000), stop.signal));
      setTimeout(() => stop.abort('SIGINT'), 50);
      const begun = performance.now();
      for (const outcome of await Promise.all(all)) {
        expect(outcome).toMatchObject({ code: 'disconnected', message: 'stopped' });
      }
      expect(performance.now() - begun).toBeLessThan(SOON_MS);
    });
  });

  it('that broke are not used again', async () => {
    await withDownloader({ stall_timeout_ms: 500, max_connections: 1 }, async (get) => {
      expect(await get(urlOf(0, 60_000))).toMatchObject({ code: 'timeout' });
      expect(isGood(await get(urlOf()))).toBe(true);
    });
    expect(counts.accepted).toBe(2);
  });
});

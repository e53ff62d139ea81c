import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Inference = {
  address: string;
  /** How many images each call had, in the order they ended. */
  batches: number[];
  close(): Promise<void>;
};

/**
 * An endpoint that stands for a GPU: it takes one batch at a time, a JSON list
 * of at most `most` images, and needs as long for one as for all of them.
 */
export async function startInference({ ms = 100, most = 32 } = {}): Promise<Inference> {
  const batches: number[] = [];
  let busy = Promise.resolve();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const images: unknown[] = JSON.parse(Buffer.concat(chunks).toString());
    if (images.length > most) return response.writeHead(413).end();
    busy = busy.then(() => delay(ms));
    await busy;
    batches.push(images.length);
    return response.end(JSON.stringify(images.map((image) => ({ image }))));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    batches,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An endpoint that says 503 the first time that it is asked for a path; `?status=400` says that each time. */
export async function startBusyOnce() {
  const tries = new Map<string, number>();
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const status = /status=(\d+)/.exec(url)?.[1];
    const count = (tries.get(url) ?? 0) + 1;
    tries.set(url, count);
    response.statusCode = status ? Number(status) : count === 1 ? 503 : 200;
    response.end(JSON.stringify({ tries: count }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

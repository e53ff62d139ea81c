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

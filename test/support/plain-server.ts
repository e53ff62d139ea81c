import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { createWorkspace, type Workspace } from './cli.ts';
import { makePng } from './png.ts';

/** So many bytes as a small photo has. */
const BODY_LENGTH = 24_000;

/** A server that costs next to nothing: it answers whatever comes with one image of 24 kB. */
async function startPlainServer() {
  const image = makePng(64, 48);
  const padding = Buffer.alloc(BODY_LENGTH - image.length);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${BODY_LENGTH}\r\n\r\n`;
  const answer = Buffer.concat([Buffer.from(head), image, padding]);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).on('error', () => {});
    socket.on('close', () => sockets.delete(socket)).on('data', () => socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    /** NDJSON: so many stores of so many images. */
    manifest: (stores: number, images: number) =>
      Array.from({ length: stores }, (_, store) =>
        JSON.stringify({
          store_id: `S${store}`,
          images: Array.from(
            { length: images },
            (__, image) => `http://127.0.0.1:${port}/${store}/${image}.png`,
          ),
        }),
      ),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** What tests of many images share: that server and a folder, for the whole file. */
export function setUpPlainRuns() {
  let server: Awaited<ReturnType<typeof startPlainServer>> | undefined;
  let workspace: Workspace | undefined;
  beforeAll(async () => {
    server = await startPlainServer();
    workspace = createWorkspace();
  });
  afterAll(() => {
    server?.close();
    workspace?.remove();
  });
  return {
    get server() {
      if (!server) throw new Error('the server has not started yet');
      return server;
    },
    get workspace() {
      if (!workspace) throw new Error('no test runs');
      return workspace;
    },
  };
}

import type { AddressInfo, Server, Socket } from 'node:net';

/** A server that listens on the loopback interface and knows its open connections. */
export type Listener = {
  port: number;
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
};

export async function listen(server: Server): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port, open: () => sockets.size, close };
}

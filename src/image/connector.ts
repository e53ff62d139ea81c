import { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';

export type Connector = {
  connect: buildConnector.connector;
  /** Ends what is still connecting: undici itself waits for it, and so would the process. */
  close(): void;
};

/**
 * Opens connections, each within `timeout_ms` milliseconds (TLS handshake
 * included) by a timer that is exact: undici's own may come a second late.
 */
export function createConnector(timeout_ms: number): Connector {
  const open = buildConnector({ timeout: 0 });
  const connecting = new Set<Socket>();

  function connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    // It returns the socket, though its type does not say so.
    const socket: unknown = open(options, (...outcome) => {
      clearTimeout(timer);
      if (socket instanceof Socket) connecting.delete(socket);
      callback(...outcome);
    });
    if (socket instanceof Socket) connecting.add(socket);
    const timer = setTimeout(() => {
      if (socket instanceof Socket) socket.destroy(new errors.ConnectTimeoutError());
    }, timeout_ms);
  }

  return {
    connect,
    close() {
      for (const socket of connecting) socket.destroy();
    },
  };
}

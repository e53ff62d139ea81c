import { request } from 'node:http';
import type { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';
import { reportResets } from '../answers/reset.ts';
import { afterRunning } from '../running-time.ts';
import type { Connector, TlsOptions } from './connector.ts';
import type { ProxyServer } from './proxies.ts';

/** What a connection fails with for which a proxy opens no tunnel. */
export class ProxyRefusalError extends Error {
  readonly code = 'PROXY_REFUSAL';
  /** What the proxy answered. */
  readonly http_status: number;

  constructor(http_status: number) {
    super(`the proxy answered ${http_status}`);
    this.http_status = http_status;
  }
}

export type TunnelOptions = {
  proxy: ProxyServer;
  /** Opens connections to the proxy. */
  connect: Connector['connect'];
  /** Milliseconds for a tunnel once the proxy is reached: its answer, and the TLS handshake with the host. */
  timeout_ms: number;
  /** For the host at its end. */
  tls: TlsOptions;
};

/**
 * Opens connections to https hosts through a proxy (CONNECT; RFC 9110, 9.3.6).
 * The proxy is told the host and its own password, and nothing else: requests
 * are read by the host alone.
 */
export function createTunnelConnector(options: TunnelOptions): Connector {
  const secure = buildConnector({ timeout: 0, ...options.tls });
  const opening = new Set<Socket>();

  function connect(host: buildConnector.Options, callback: buildConnector.Callback): void {
    let toProxy: Socket | null = null;
    let endTimer = () => {};
    const end: buildConnector.Callback = (...outcome) => {
      if (toProxy) opening.delete(toProxy);
      endTimer();
      const [error, connected] = outcome;
      if (error) toProxy?.destroy();
      if (connected) reportResets(connected);
      if (!isOver) callback(...outcome);
      isOver = true;
    };
    let isOver = false;

    options.connect(addressOf(options.proxy), (...connected) => {
      const [error, socket] = connected;
      if (error) return end(error, null);
      if (isOver) return void socket.destroy();
      toProxy = socket;
      opening.add(socket);
      endTimer = afterRunning(options.timeout_ms, () =>
        end(new errors.ConnectTimeoutError(), null),
      );
      return askForTunnel(socket, authorityOf(host), options.proxy, (why) =>
        why ? end(why, null) : secure({ ...host, httpSocket: socket }, end),
      );
    });
  }

  return {
    connect,
    close() {
      for (const socket of opening) socket.destroy();
    },
  };
}

/** Where a proxy is. */
export function addressOf({ origin }: ProxyServer): buildConnector.Options {
  const { host, hostname, port, protocol } = new URL(origin);
  return { host, hostname: hostname.replace(/^\[|\]$/g, ''), port, protocol };
}

/** The host with its port, which stands there always. */
function authorityOf({ hostname, host = hostname, port }: buildConnector.Options): string {
  return port === '' ? `${host}:443` : host;
}

function askForTunnel(
  socket: Socket,
  authority: string,
  { authorization }: ProxyServer,
  callback: (error: Error | null) => void,
): void {
  const asking = request({
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      connection: 'keep-alive',
      ...(authorization === null ? {} : { 'proxy-authorization': authorization }),
    },
    createConnection: () => socket,
  });
  asking.once('error', callback);
  asking.once('connect', ({ statusCode = 0 }, _socket, rest) => {
    if (statusCode < 200 || statusCode >= 300) return callback(new ProxyRefusalError(statusCode));
    if (rest.length > 0) socket.unshift(rest);
    return callback(null);
  });
  asking.end();
}

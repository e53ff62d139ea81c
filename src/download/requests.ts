import type { Names } from '../names/names.ts';
import type { Connection, ConnectionPool, RequestOptions } from './connections.ts';
import { createConnector, type TlsOptions } from './connector.ts';
import { createProxyChoice, type Environment, type ProxyServer } from './proxies.ts';
import { addressOf, createTunnelConnector } from './tunnel.ts';

/** What the requests of a process share. */
export type RequestsShare = {
  pool: ConnectionPool;
  names: Names;
  /** Names the proxies. */
  env: Environment;
};

export type RequestsOptions = {
  /** Most connections to one origin, and to a proxy for plain http. */
  concurrency: number;
  dns_timeout_ms: number;
  connect_timeout_ms: number;
  deny_private: boolean;
  tls: TlsOptions;
};

/** Where requests go: straight to their hosts, or through a proxy. */
export type Requests = {
  /** What a request for a URL is dispatched through, for it alone until it is given back. */
  take(target: URL): Connection | Promise<Connection>;
  /**
   * Whether a proxy opens the connection for a URL. It resolves names by itself:
   * of what goes through it only what a URL spells out can be refused.
   */
  isProxied(target: URL): boolean;
  /** Closes all connections at once. */
  close(): Promise<void>;
};

type Way = Pick<Requests, 'take' | 'close'>;

/** Kept-alive connections, for each URL through the proxy that the environment names for it, if any. */
export function createRequests(options: RequestsOptions, share: RequestsShare): Requests {
  const choose = createProxyChoice(share.env);
  const direct = directWay(options, share);
  const proxied = new Map<ProxyServer, Way>();

  function wayOf(target: URL): Way {
    const proxy = choose(target);
    if (proxy === null) return direct;
    const way = proxied.get(proxy) ?? proxyWay(proxy, options, share);
    proxied.set(proxy, way);
    return way;
  }

  return {
    take: (target) => wayOf(target).take(target),
    isProxied: (target) => choose(target) !== null,
    async close() {
      await Promise.all([direct, ...proxied.values()].map((way) => way.close()));
    },
  };
}

function directWay(options: RequestsOptions, { pool, names }: RequestsShare): Way {
  const { concurrency: per_origin, connect_timeout_ms: timeout_ms } = options;
  const { dns_timeout_ms, deny_private, tls } = options;
  const connector = createConnector({ names, dns_timeout_ms, timeout_ms, deny_private, tls });
  const connections = pool.open({ connect: connector.connect, per_origin });
  return {
    take: ({ origin }) => connections.take(origin),
    async close() {
      const closed = connections.close();
      connector.close();
      await closed;
    },
  };
}

/** Plain http is handed to a proxy as it is, since many let no tunnel go to port 80; https goes through a tunnel. */
function proxyWay(
  proxy: ProxyServer,
  options: RequestsOptions,
  { pool, names }: RequestsShare,
): Way {
  const { concurrency: per_origin, connect_timeout_ms: timeout_ms, dns_timeout_ms, tls } = options;
  // A proxy is its user's own: it may be at a private address, and --insecure is not for it.
  const toProxy = createConnector({
    ...{ names, dns_timeout_ms, timeout_ms },
    ...{ deny_private: false, tls: { rejectUnauthorized: true } },
  });
  const address = addressOf(proxy);
  const forwarding = pool.open({
    connect: (_origin, callback) => toProxy.connect(address, callback),
    per_origin,
  });
  const tunnel = createTunnelConnector({ proxy, connect: toProxy.connect, timeout_ms, tls });
  const tunnels = pool.open({ connect: tunnel.connect, per_origin });
  return {
    take({ protocol, origin }) {
      if (protocol === 'https:') return tunnels.take(origin);
      const taken = forwarding.take(proxy.origin);
      const forward = (connection: Connection) => forwardVia(connection, proxy);
      return taken instanceof Promise ? taken.then(forward) : forward(taken);
    },
    async close() {
      const closed = Promise.all([forwarding.close(), tunnels.close()]);
      toProxy.close();
      tunnel.close();
      await closed;
    },
  };
}

/** A connection to a proxy, for one request to any host. */
function forwardVia(
  { dispatcher, beLenient, release }: Connection,
  proxy: ProxyServer,
): Connection {
  return {
    dispatcher: {
      dispatch: (options, handler) => dispatcher.dispatch(toForward(options, proxy), handler),
    },
    ...{ beLenient, release },
  };
}

/** The request as a proxy takes it: the URL whole, and the host it is for (RFC 9112, 3.2.2). */
function toForward(options: RequestOptions, proxy: ProxyServer): RequestOptions {
  const headers: Record<string, string> = {
    host: new URL(options.origin).host,
    ...options.headers,
  };
  if (proxy.authorization !== null) headers['proxy-authorization'] = proxy.authorization;
  return {
    ...options,
    path: options.origin + options.path,
    headers,
    // The same for all: with another one undici opens another connection to an https proxy.
    servername: proxy.origin,
  };
}

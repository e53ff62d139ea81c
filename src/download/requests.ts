import { EnvHttpProxyAgent, Pool } from 'undici';
import { ImgjobError } from '../errors.ts';
import type { ConnectionPool, Connections } from './connections.ts';
import { type Connector, createConnector, type TlsOptions } from './connector.ts';

type Environment = Record<string, string | undefined>;

/** What the requests of a process share. */
export type RequestsShare = {
  pool: ConnectionPool;
  /** Names the proxies. */
  env: Environment;
  /** Most connections in all; a proxy's are held to it for each origin. */
  max_connections: number;
};

export type RequestsOptions = {
  /** Most connections to one origin. */
  concurrency: number;
  connect_timeout_ms: number;
  deny_private: boolean;
  tls: TlsOptions;
};

/** Where requests go: connections of our own, or a proxy's. */
/** Where requests go: connections of our own, or a proxy's. */
export type Requests = {
  /** What a request to an origin is dispatched through, for it alone until it is given back. */
  take: Connections['take'];
  /** Closes all connections at once. */
  close(): Promise<void>;
  /** Whether requests may go through a proxy. */
  isProxied: boolean;
};

/**
 * Kept-alive connections, through the proxy that HTTP_PROXY, HTTPS_PROXY and
 * NO_PROXY name. A proxy resolves names by itself: of what goes through it only
 * the addresses that a URL spells out can be refused.
 */
export function createRequests(options: RequestsOptions, share: RequestsShare): Requests {
  const { concurrency: per_origin, deny_private, tls } = options;
  const timeout_ms = options.connect_timeout_ms;
  const connector = createConnector({ timeout_ms, deny_private, tls });
  const { connect } = connector;
  const proxies = {
    httpProxy: proxyOf(share.env, 'http_proxy', 'HTTP_PROXY'),
    httpsProxy: proxyOf(share.env, 'https_proxy', 'HTTPS_PROXY'),
  };
  const isProxied = proxies.httpProxy !== undefined || proxies.httpsProxy !== undefined;
  const { take, close } = isProxied
    ? proxyConnections(proxies, options, { connect, ...share })
    : share.pool.open({ connect, per_origin });
  return {
    take,
    isProxied,
    async close() {
      const closed = close();
      connector.close();
      await closed;
    },
  };
}

type Proxies = { httpProxy: string | undefined; httpsProxy: string | undefined };

function proxyConnections(
  { httpProxy, httpsProxy }: Proxies,
  { concurrency, connect_timeout_ms: timeout, tls }: RequestsOptions,
  { connect, max_connections, env }: Pick<Connector, 'connect'> & RequestsShare,
): Connections {
  const connections = Math.min(concurrency, max_connections);
  const dispatcher = new EnvHttpProxyAgent({
    connections,
    connect,
    // Plain http goes through a proxy as it is; many let no tunnel go to port 80.
    proxyTunnel: false,
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    // A proxy that says nothing to a CONNECT must not keep its connection from others.
    clientFactory: (origin, opts) =>
      new Pool(origin, { ...opts, connections, headersTimeout: timeout }),
    requestTls: { ...tls, timeout },
    proxyTls: { timeout },
  });
  return { take: () => ({ dispatcher, release() {} }), close: () => dispatcher.destroy() };
}

/** The proxy that a variable names, as curl takes it: `http://` may be left out. */
function proxyOf(env: Environment, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = env[name];
    if (!value) continue;
    const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
    if (URL.canParse(url) && /^https?:/i.test(url)) return url;
    // It may hold a password: it is not repeated.
    throw new ImgjobError('usage', `${name} does not name an http proxy`, {
      hint: `Write it as http://host:port, or run without: env -u ${name} imgjob …`,
    });
  }
  return undefined;
}

import { EnvHttpProxyAgent, Pool } from 'undici';
import { ImgjobError } from '../errors.ts';
import { type Connections, createConnections } from './connections.ts';
import { type Connector, createConnector, type TlsOptions } from './connector.ts';

export type RequestsOptions = {
  /** Most connections to one origin. */
  concurrency: number;
  /** Most connections in all; no limit where it is left out. A proxy's are held to it for each origin. */
  max_connections?: number | undefined;
  connect_timeout_ms: number;
  deny_private: boolean;
  tls: TlsOptions;
};

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
export function createRequests(options: RequestsOptions): Requests {
  const { concurrency, max_connections: most = Number.POSITIVE_INFINITY } = options;
  const { deny_private, tls } = options;
  const timeout_ms = options.connect_timeout_ms;
  const connector = createConnector({ timeout_ms, deny_private, tls });
  const { connect } = connector;
  const proxies = {
    httpProxy: proxyOf('http_proxy', 'HTTP_PROXY'),
    httpsProxy: proxyOf('https_proxy', 'HTTPS_PROXY'),
  };
  const isProxied = proxies.httpProxy !== undefined || proxies.httpsProxy !== undefined;
  const { take, close } = isProxied
    ? proxyConnections(proxies, options, connect)
    : createConnections({ connect, per_origin: concurrency, most });
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
  { concurrency, max_connections, connect_timeout_ms: timeout, tls }: RequestsOptions,
  connect: Connector['connect'],
): Connections {
  const connections = Math.min(concurrency, max_connections ?? concurrency);
  const dispatcher = new EnvHttpProxyAgent({
    connections,
    connect,
    // Plain http goes through a proxy as it is; many let no tunnel go to port 80.
    proxyTunnel: false,
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
function proxyOf(...names: string[]): string | undefined {
  for (const name of names) {
    const value = process.env[name];
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

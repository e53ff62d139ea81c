import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { ImgjobError } from '../errors.ts';
import { type Connector, createConnector, type TlsOptions } from './connector.ts';

export type DispatcherOptions = {
  /** Most connections to one origin. */
  concurrency: number;
  connect_timeout_ms: number;
  deny_private: boolean;
  tls: TlsOptions;
};

/**
 * One pool of kept-alive connections, through the proxy that HTTP_PROXY,
 * HTTPS_PROXY and NO_PROXY name. A proxy resolves names by itself: of what
 * goes through it only the addresses that a URL spells out can be refused.
 */
export function createDispatcher(options: DispatcherOptions): {
  dispatcher: Dispatcher;
  connector: Connector;
  /** Whether requests may go through a proxy. */
  isProxied: boolean;
} {
  const { concurrency: connections, connect_timeout_ms: timeout_ms, deny_private, tls } = options;
  const connector = createConnector({ timeout_ms, deny_private, tls });
  const { connect } = connector;
  const httpProxy = proxyOf('http_proxy', 'HTTP_PROXY');
  const httpsProxy = proxyOf('https_proxy', 'HTTPS_PROXY');
  const isProxied = httpProxy !== undefined || httpsProxy !== undefined;
  if (!isProxied) return { dispatcher: new Agent({ connections, connect }), connector, isProxied };
  const dispatcher = new EnvHttpProxyAgent({
    connections,
    connect,
    // Plain http goes through a proxy as it is; many let no tunnel go to port 80.
    proxyTunnel: false,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    // A proxy that says nothing to a CONNECT must not keep its connection from others.
    clientFactory: (origin, opts) =>
      new Pool(origin, { ...opts, connections, headersTimeout: timeout_ms }),
    requestTls: { ...tls, timeout: timeout_ms },
    proxyTls: { timeout: timeout_ms },
  });
  return { dispatcher, connector, isProxied };
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

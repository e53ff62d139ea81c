import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { type Connector, createConnector, type TlsOptions } from './connector.ts';

export type DispatcherOptions = {
  /** Most connections to one origin. */
  concurrency: number;
  connect_timeout_ms: number;
  deny_private: boolean;
  tls: TlsOptions;
};

const PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

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
  const isProxied = PROXY_VARIABLES.some((name) => process.env[name]);
  if (!isProxied) return { dispatcher: new Agent({ connections, connect }), connector, isProxied };
  const dispatcher = new EnvHttpProxyAgent({
    connections,
    connect,
    // Plain http goes through a proxy as it is; many let no tunnel go to port 80.
    proxyTunnel: false,
    requestTls: { ...tls, timeout: timeout_ms },
    proxyTls: { timeout: timeout_ms },
  });
  return { dispatcher, connector, isProxied };
}

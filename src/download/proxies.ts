import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ImgjobError } from '../errors.ts';
import { parseUrl } from '../parse-url.ts';
import { basicAuthorization } from './request-headers.ts';

export type Environment = Record<string, string | undefined>;

/** A proxy that speaks HTTP. */
export type ProxyServer = {
  /** `http://host:port` or `https://host:port`, without user name and password. */
  origin: string;
  /** The value of Proxy-Authorization; null where its variable has no user name. */
  authorization: string | null;
};

/** The proxy that requests for a URL go through; null where they go straight to its host. */
export type ChooseProxy = (target: URL) => ProxyServer | null;

/**
 * Chooses by the environment, as curl does: HTTP_PROXY for http, HTTPS_PROXY
 * for https (HTTP_PROXY where there is none), but neither for what NO_PROXY
 * names. Each in lower case too, which goes first; an empty one is none.
 * Throws `usage` for a proxy that can't be.
 */
export function createProxyChoice(env: Environment): ChooseProxy {
  const http = proxyOf(env, 'http_proxy', 'HTTP_PROXY');
  const https = proxyOf(env, 'https_proxy', 'HTTPS_PROXY') ?? http;
  const isExcepted = createExceptions(env.no_proxy || env.NO_PROXY || '');
  return (target) => {
    const proxy = target.protocol === 'https:' ? https : http;
    return proxy === null || isExcepted(target) ? null : proxy;
  };
}

/** The proxy that a variable names: `http://` may be left out. */
function proxyOf(env: Environment, ...names: string[]): ProxyServer | null {
  for (const name of names) {
    const value = env[name];
    if (!value) continue;
    const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
    const url = /^https?:/i.test(text) ? parseUrl(text) : null;
    if (url) {
      return { origin: url.origin, authorization: basicAuthorization(url) };
    }
    // It may hold a password: it is not repeated.
    throw new ImgjobError('usage', `${name} does not name an http proxy`, {
      hint: `Write it as http://host:port, or put this before the command: env -u ${name}`,
    });
  }
  return null;
}

type Exception = (hostname: string) => boolean;

const WITH_PORT = /^(\[[^\]]*\]|[^:]*):(\d+)$/;

/**
 * What NO_PROXY names, with commas or blanks between: `cdn.example`, also with
 * `.` or `*.` before it, is that name and all below it; an address is itself
 * and `10.0.0.0/8` all of its range; `:8080` after a name or an address leaves
 * out other ports; `*` is everything. (There is no standard: this is what curl
 * takes, and the ports and `*.` that Go, undici and others take as well.)
 */
function createExceptions(list: string): (target: URL) => boolean {
  const exceptions = list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseException);
  return ({ hostname, port, protocol }) => {
    const name = hostname.replace(/^\[|\]$|\.$/g, '');
    const actual = port || (protocol === 'https:' ? '443' : '80');
    return exceptions.some(
      (exception) => (exception.port ?? actual) === actual && exception.matches(name),
    );
  };
}

function parseException(entry: string): { matches: Exception; port: string | null } {
  if (entry === '*') return { matches: () => true, port: null };
  const [, host = entry, port = null] = WITH_PORT.exec(entry) ?? [];
  const matches = matchAddresses(host.replace(/[[\]]/g, '')) ?? matchNames(host);
  return { matches, port };
}

/** An address or a range of them; null for what is none. */
function matchAddresses(text: string): Exception | null {
  const [address = '', bits] = text.split('/');
  const version = isIP(address);
  if (version === 0) return null;
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits || Number.NaN);
  if (!(prefix >= 0 && prefix <= most && Number.isInteger(prefix))) return () => false;
  const range = new BlockList();
  range.addSubnet(address, prefix, familyOf(version));
  return (name) => isIP(name) !== 0 && range.check(name, familyOf(isIP(name)));
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}

function matchNames(pattern: string): Exception {
  const wanted = domainToASCII(pattern.replace(/^\*?\./, '').replace(/\.$/, ''));
  if (wanted === '') return () => false;
  return (name) => name === wanted || (name.endsWith(`.${wanted}`) && isIP(name) === 0);
}

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';
import { isPrivateAddress, whyPrivate } from './address-rules.ts';

export type ConnectorOptions = {
  /** Milliseconds for a connection, TLS handshake included. */
  timeout_ms: number;
  /** Refuse addresses that are not of the public internet. */
  deny_private: boolean;
  tls: TlsOptions;
};

export type TlsOptions = {
  /** Certificates to trust, PEM; undefined for those Node.js brings. */
  ca?: string;
  rejectUnauthorized: boolean;
};

export type Connector = {
  connect: buildConnector.connector;
  /** Ends what is still connecting: undici itself waits for it, and so would the process. */
  close(): void;
};

/** What a connection fails with that would reach a private address. */
export class BlockedAddressError extends Error {
  readonly code = 'BLOCKED_ADDRESS';
}

/**
 * Opens connections, each within a time by a timer that is exact: undici's own
 * may come a second late. The rule on addresses sits here, where every request
 * and redirect passes, on what a name was resolved to for this very
 * connection: a name that changes its answer gains nothing.
 */
export function createConnector({ timeout_ms, deny_private, tls }: ConnectorOptions): Connector {
  const open = buildConnector({
    timeout: 0,
    ...tls,
    ...(deny_private ? { lookup: lookupPublic } : {}),
  });
  const connecting = new Set<Socket>();

  function connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const why = deny_private ? whyPrivate(options.hostname) : null;
    if (why) {
      callback(new BlockedAddressError(why), null);
      return;
    }
    // It returns the socket, though its type does not say so.
    const socket: unknown = open(options, (...outcome) => {
      clearTimeout(timer);
      if (socket instanceof Socket) connecting.delete(socket);
      callback(...outcome);
    });
    if (socket instanceof Socket) {
      connecting.add(socket);
      // Nothing else is heard of one that is destroyed while it connects: its timer would keep the process.
      socket.once('close', () => {
        clearTimeout(timer);
        connecting.delete(socket);
      });
    }
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

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Resolves a name as `dns.lookup` does, to its public addresses alone. */
function lookupPublic(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const open = addresses.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (!first) return callback(new BlockedAddressError(whyNone(hostname, addresses)), []);
    return options.all ? callback(null, open) : callback(null, first.address, first.family);
  });
}

function whyNone(hostname: string, addresses: LookupAddress[]): string {
  const found = addresses.map(({ address }) => address).join(', ');
  return `${hostname} has no address of the public internet (${found})`;
}

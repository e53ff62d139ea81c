import { isIP, type Socket } from 'node:net';
import { buildConnector, errors } from 'undici';
import { reportResets } from '../answers/reset.ts';
import type { FoundName, NameFault, Names } from '../names/names.ts';
import { afterRunning } from '../running-time.ts';
import { isPrivateAddress, whyPrivate } from './address-rules.ts';
import { connectToFirst } from './happy-eyeballs.ts';

export type ConnectorOptions = {
  names: Pick<Names, 'find' | 'prefer'>;
  /** Milliseconds for looking a name up. */
  dns_timeout_ms: number;
  /** Milliseconds for a connection once the name is known, TLS handshake included. */
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

/** What a connection fails with whose name led nowhere. */
export class NameError extends Error {
  readonly fault: NameFault;
  /** Milliseconds that it might have taken. */
  readonly timeout_ms: number;

  constructor(fault: NameFault, timeout_ms: number) {
    super(`${fault.reason} (${fault.code})`);
    this.fault = fault;
    this.timeout_ms = timeout_ms;
  }
}

/** undici's own keep-alive probes. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens connections, each within a time by a timer that is exact (undici's own
 * may come a second late) and begins when the name is known. The rule on
 * addresses sits here, where every request and redirect passes, on what a name
 * was resolved to for this very connection: a name that changes its answer
 * gains nothing.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const { names, dns_timeout_ms, timeout_ms, deny_private, tls } = options;
  const openTls = buildConnector({ timeout: 0, ...tls });
  const connecting = new Set<() => void>();
  let isClosed = false;

  function connect(to: buildConnector.Options, callback: buildConnector.Callback): void {
    const hostname = to.hostname.replace(/^\[|\]$/g, '');
    const isAddress = isIP(hostname) !== 0;
    const found = isAddress ? { addresses: [hostname] } : names.find(hostname, dns_timeout_ms);
    if (found instanceof Promise) void found.then((name) => connectTo(name, to, callback));
    else connectTo(found, to, callback);
  }

  function connectTo(
    found: FoundName,
    to: buildConnector.Options,
    callback: buildConnector.Callback,
  ): void {
    const addresses = isClosed ? new errors.ClientDestroyedError() : addressesFor(to, found);
    if (addresses instanceof Error) {
      callback(addresses, null);
      return;
    }
    let socket: Socket | null = null;
    const settle: buildConnector.Callback = (...outcome) => {
      if (!connecting.delete(end)) return;
      endTimer();
      const [, connected] = outcome;
      if (connected) reportResets(connected);
      callback(...outcome);
    };
    const end = () => {
      endTimer();
      race.end();
      socket?.destroy();
    };
    const endTimer = afterRunning(timeout_ms, () => {
      settle(new errors.ConnectTimeoutError(), null);
      end();
    });
    connecting.add(end);
    const race = connectToFirst(addresses, portOf(to), (outcome) => {
      if (outcome instanceof Error) {
        settle(outcome, null);
        return;
      }
      socket = outcome.socket;
      names.prefer(to.hostname, outcome.address);
      if (to.protocol === 'https:') openTls({ ...to, httpSocket: socket }, settle);
      else settle(null, socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true));
    });
  }

  /** The addresses that may be connected to, or why there are none. */
  function addressesFor({ hostname }: buildConnector.Options, found: FoundName): string[] | Error {
    if ('reason' in found) return new NameError(found, dns_timeout_ms);
    const { addresses } = found;
    if (!deny_private) return addresses;
    const open = addresses.filter((address) => !isPrivateAddress(address));
    return open.length > 0 ? open : new BlockedAddressError(whyNone(hostname, addresses));
  }

  return {
    connect,
    close() {
      isClosed = true;
      for (const end of connecting) end();
      connecting.clear();
    },
  };
}

function portOf({ port, protocol }: buildConnector.Options): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function whyNone(hostname: string, addresses: string[]): string {
  const why = whyPrivate(hostname);
  return why ?? `${hostname} has no address of the public internet (${addresses.join(', ')})`;
}

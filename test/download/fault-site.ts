import { createServer } from 'node:net';
import { findClosedPort, startFaultServer, startGreetingServer } from '../support/fault-server.ts';
import { type Listener, listen } from '../support/listener.ts';
import { startTlsServers, type TlsServers } from '../support/tls-faults.ts';
import type { PlaceName, Row } from './fault-rows.ts';

export type FaultSite = {
  /** Where a row's fault happens; null where there is no `openssl` for its certificate. */
  urlOf(fault: Row['fault']): string | null;
  /** A good image, from the same server as that URL where it has one. */
  goodNextTo(url: string): string;
  /** Connections that are open at any of the servers. */
  open(): number;
  close(): Promise<void>;
};

// What a URL may carry that no message may show.
const USER = 'jane:s3cret@';
const QUERY = '?token=t0ken-word';

/** All servers of the fault table. */
export async function startFaultSite(): Promise<FaultSite> {
  const plain = await startFaultServer();
  const greeting = await startGreetingServer();
  const silent = await listen(createServer((socket) => socket.resume()));
  const tls = await startTlsServers();
  const listeners = [plain, greeting, silent, ...Object.values(tls ?? {})];
  const places: Record<PlaceName, string | null> = {
    'refused-port': urlAt('http', await findClosedPort()),
    'no-such-host': `http://${USER}no-such-host.invalid/${QUERY}`,
    'greets-before-asked': urlAt('http', greeting.port),
    ...tlsPlaces(tls),
    'tls-to-a-plain-port': urlAt('https', plain.port),
    'tls-to-a-silent-port': urlAt('https', silent.port),
  };
  const isPlace = (fault: string): fault is PlaceName => Object.hasOwn(places, fault);
  return {
    urlOf: (fault) => (isPlace(fault) ? places[fault] : urlAt('http', plain.port, fault)),
    goodNextTo: (url) => (isServed(url, tls) ? sibling(url) : urlAt('http', plain.port, 'good')),
    open: () => listeners.reduce((sum, one) => sum + one.open(), 0),
    close: async () => void (await Promise.all(listeners.map((one) => one.close()))),
  };

  function isServed(url: string, servers: TlsServers | null): boolean {
    return url.startsWith('http:')
      ? new URL(url).port === String(plain.port)
      : new URL(url).port === String(servers?.good.port);
  }
}

function tlsPlaces(tls: TlsServers | null) {
  const at = (server: Listener | undefined, path?: string) =>
    server ? urlAt('https', server.port, path) : null;
  return {
    'tls-good': at(tls?.good),
    'tls-self-signed': at(tls?.selfSigned),
    'tls-expired': at(tls?.expired),
    'tls-wrong-name': at(tls?.wrongName),
    'tls-silent-in-the-body': at(tls?.good, 'silent-in-the-body'),
    'tls-short-body': at(tls?.good, 'short-body'),
    'tls-sloppy': at(tls?.good, 'same-content-length-twice'),
    'plain-http-to-a-tls-port': tls ? urlAt('http', tls.good.port) : null,
  };
}

function urlAt(scheme: 'http' | 'https', port: number, path = 'good'): string {
  return `${scheme}://${USER}localhost:${port}/${path}${QUERY}`;
}

function sibling(url: string): string {
  return new URL('/good', url).href;
}

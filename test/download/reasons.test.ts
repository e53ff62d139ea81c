import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NameError } from '../../src/download/connector.ts';
import { connectionFault } from '../../src/download/faults.ts';
import type { NameFault } from '../../src/names/names.ts';
import { REASONS, type Reason } from '../../src/results/reasons.ts';
import { listen } from '../support/listener.ts';
import { WORK_FAULTS } from '../support/work-faults.ts';
import { type DownloaderOptions, download, setUpServer } from './downloads.ts';
import { ROWS } from './fault-rows.ts';

const { at } = setUpServer();
afterEach(() => vi.unstubAllEnvs());

const fetched = async (url: string, options: Partial<DownloaderOptions> = {}) =>
  (await download(url, options)).outcome;

/** What the system says, as Node.js hands it on: these can't be brought about at will. */
const told = (...codes: string[]) => codes.map(systemFault);

const systemFault = (code: string) =>
  faultOf(Object.assign(new Error(`connect ${code}`), { code }));

const ofName = (fault: NameFault) => faultOf(new NameError(fault, 10_000));

function faultOf(error: Error) {
  const progress = { host: 'cdn.example', http_status: null, received: 0, expected: null };
  return connectionFault(error, { ...progress, connect_timeout_ms: 1000 });
}

/** Asks a server that says nothing but this. */
async function askedOf(answer: Buffer | string, ask: (port: number) => ReturnType<typeof fetched>) {
  const server = await listen(
    createServer((socket: Socket) => void socket.once('data', () => socket.end(answer))),
  );
  try {
    return await ask(server.port);
  } finally {
    await server.close();
  }
}

/** An image behind a proxy that answers so to a tunnel. */
const proxied = (answer: string) =>
  askedOf(answer, (port) => {
    vi.stubEnv('https_proxy', '');
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${port}`);
    return fetched('https://cdn.example/a.png');
  });

// RFC 8446, 6: a fatal alert, handshake_failure.
const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 40]);

/** How a reason is brought about that no row of the fault table has. */
const OTHERS = {
  'empty-url': () => fetched(''),
  'long-url': () => fetched(`http://a/${'x'.repeat(70_000)}`),
  'malformed-host': () => fetched('http://localhost../a.png'),
  'deny-host': () => fetched(at('/png/1x1'), { deny_hosts: ['127.0.0.1'] }),
  'allow-host': () => fetched(at('/png/1x1'), { allow_hosts: ['a.example'] }),
  'private-address': () => fetched(at('/png/1x1'), { deny_private: true }),
  'name-lookup-failed': () => told('EAI_AGAIN', 'EAI_FAIL'),
  'host-not-found': () => told('ENOTFOUND'),
  'dns-timeout': () => ofName({ reason: 'dns-timeout', code: 'ECANCELLED' }),
  unreachable: () => told('EHOSTUNREACH', 'ENETUNREACH'),
  'not-permitted': () => told('EACCES', 'EPERM'),
  'no-local-address': () => told('EADDRNOTAVAIL'),
  'open-files': () => told('EMFILE', 'ENFILE'),
  'system-timeout': () => told('ETIMEDOUT'),
  'proxy-auth': () => proxied('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
  'proxy-refused': () => proxied('HTTP/1.1 503 Busy\r\n\r\n'),
  handshake: () => askedOf(ALERT, (port) => fetched(`https://127.0.0.1:${port}/`)),
  stalled: () => fetched(at('/stall'), { stall_timeout_ms: 50 }),
} satisfies Partial<Record<Reason, () => unknown>>;

const codeOf = (reason: string) =>
  Object.entries(REASONS).find(([, reasons]) => reasons.some((one) => one === reason))?.[0];

describe('the reason of a fault', () => {
  it.each(Object.entries(OTHERS))('%s', async (reason, make) => {
    for (const fault of [await make()].flat()) {
      expect(fault).toMatchObject({ code: codeOf(reason), reason });
    }
  });

  it('is one that really comes about, each of the list', () => {
    const made = [
      ROWS.flatMap(({ reason }) => reason ?? []),
      Object.keys(OTHERS),
      Object.keys(WORK_FAULTS),
    ];
    expect([...new Set(made.flat())].sort()).toEqual(Object.values(REASONS).flat().sort());
  });

  it('belongs to one code', () => {
    const all = Object.values(REASONS).flat();
    expect(all.length).toBe(new Set(all).size);
    for (const { code, reason } of ROWS) {
      for (const one of [reason].flat()) if (one) expect(codeOf(one)).toBe(code);
    }
  });

  // A text that a server may have chosen is no word of undici's.
  it('is no proxy’s where the error is another’s that reads like it', () => {
    const message = 'Proxy response (407) !== 200 when HTTP Tunneling';
    const error = Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const progress = { host: 'cdn.example', http_status: null, received: 0, expected: null };
    expect(connectionFault(error, { ...progress, connect_timeout_ms: 1000 })).toMatchObject({
      ...{ code: 'tls', reason: 'certificate-host' },
    });
  });
});

import tls, { createServer, rootCertificates, type TLSSocket } from 'node:tls';
import { vi } from 'vitest';
import { type Certificate, type Certificates, makeCertificates } from './certificates.ts';
import { serveFaults } from './fault-server.ts';
import { type Listener, listen } from './listener.ts';

export type TlsServers = Record<Exclude<keyof Certificates, 'authority'>, Listener>;

/** Servers with one certificate each, good and bad; null where there is no `openssl`. */
export async function startTlsServers(): Promise<TlsServers | null> {
  const certificates = makeCertificates();
  if (!certificates) return null;
  trust(certificates.authority);
  const { good, selfSigned, expired, wrongName } = certificates;
  return {
    good: await start(good),
    selfSigned: await start(selfSigned),
    expired: await start(expired),
    wrongName: await start(wrongName),
  };
}

function start(certificate: Certificate): Promise<Listener> {
  const server = createServer(certificate, (socket: TLSSocket) => serveFaults(socket));
  return listen(server);
}

/**
 * Adds an authority to those that are trusted, for the rest of this test file:
 * without it no certificate would come as far as its date or its name. Node 20
 * has no other way while a process runs.
 */
function trust(authority: string): void {
  const { createSecureContext } = tls;
  vi.spyOn(tls, 'createSecureContext').mockImplementation((options) =>
    createSecureContext({ ...options, ca: [...rootCertificates, authority] }),
  );
}

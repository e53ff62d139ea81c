import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { type Listener, listen } from './listener.ts';
import { makePng } from './png.ts';

/** The hosts of the site, by name, and how wide their images are. */
export const WIDTHS: Record<string, number> = { 'a.example': 11, 'b.example': 22 };
const UNKNOWN_WIDTH = 99;

export type NamedRequest = {
  /** With its scheme, as the request named its host: `https://a.example/1.png`. */
  url: string;
  /** The name that TLS was asked for; null over plain http. */
  servername: string | null;
  headers: IncomingHttpHeaders;
};

export type NamedSite = {
  plain: Listener;
  /** Null without a certificate. */
  tls: Listener | null;
  requests: NamedRequest[];
  close(): Promise<void>;
};

/**
 * One site for several hosts, over http and https: it goes by the Host that a
 * request says. `/to?url=…` redirects, with the Set-Cookie of each `&cookie=…`;
 * all else is an image of the host's own width.
 */
export async function startNamedSite(certificate: Certificate | undefined): Promise<NamedSite> {
  const requests: NamedRequest[] = [];
  const answer: RequestListener = (request, response) => {
    const { headers, socket } = request;
    const isSecure = socket instanceof TLSSocket;
    const scheme = isSecure ? 'https' : 'http';
    const url = new URL(request.url ?? '/', `${scheme}://${headers.host}`);
    const servername = isSecure ? String(socket.servername) : null;
    requests.push({ url: url.href, servername, headers });
    const query = url.searchParams;
    if (url.pathname === '/to') {
      const cookies = query.getAll('cookie');
      const more = cookies.length > 0 ? { 'set-cookie': cookies } : {};
      response.writeHead(302, { location: query.get('url') ?? '', ...more }).end();
      return;
    }
    const body = makePng(WIDTHS[url.hostname] ?? UNKNOWN_WIDTH, 9);
    response.writeHead(200, { 'content-length': body.length }).end(body);
  };
  const plain = await listen(createServer(answer));
  const tls = certificate ? await listen(createTlsServer(certificate, answer)) : null;
  return {
    ...{ plain, tls, requests },
    close: async () => void (await Promise.all([plain.close(), tls?.close()])),
  };
}

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { makePng } from './png.ts';

const FIXTURES = new URL('../../fixtures/', import.meta.url);

type Answer = (response: ServerResponse, argument: string, query: URLSearchParams) => unknown;

const png = (response: ServerResponse, body = makePng(4, 3)) =>
  response.writeHead(200, { 'content-type': 'image/png', 'content-length': body.length }).end(body);

/** While it is closed, requests of /gate hang; later ones are answered with an image. */
export const gate = { isOpen: false };

const hanging = new Set<ServerResponse>();

/** Opens the gate, and answers those that hang there too: their stall time-out is not waited for. */
export function openGate(): void {
  gate.isOpen = true;
  for (const response of hanging) png(response);
}

/** How often each flaky URL of a server was asked for. */
const flaky = new Map<string, number>();

/** What the server does for the first part of a path; the second part is its argument. */
const ANSWERS: Record<string, Answer> = {
  /** /png/640x480: an image of that size; ?ms=50 waits first. */
  png: async (response, size, query) => {
    const [width = 1, height = 1] = size.split('x').map((number) => Number.parseInt(number, 10));
    const ms = Number(query.get('ms') ?? 0);
    if (ms > 0) await delay(ms);
    png(response, makePng(width, height));
  },
  /** /padded/400000: an image with so many bytes behind it. */
  padded: (response, bytes) => {
    response.writeHead(200).end(Buffer.concat([makePng(4, 3), Buffer.alloc(Number(bytes))]));
  },
  /** /fixture/demo/images/x.jpg: a file of fixtures/. */
  fixture: (response, path) => {
    const body = readFileSync(new URL(path, FIXTURES));
    response.writeHead(200, { 'content-length': body.length }).end(body);
  },
  /** /status/503: that status with a small body; ?ms=50 waits first. */
  status: async (response, status, query) => {
    const ms = Number(query.get('ms') ?? 0);
    if (ms > 0) await delay(ms);
    response.writeHead(Number(status), { 'content-type': 'text/plain' }).end(`status ${status}`);
  },
  /** /error-page/5000000: a 500 with a body of so many bytes. */
  'error-page': (response, bytes) => {
    response.writeHead(500, { 'content-length': bytes }).end(Buffer.alloc(Number(bytes), 'x'));
  },
  /** /redirect/3: three redirects, then an image. */
  redirect: (response, count) => {
    if (Number(count) === 0) return png(response);
    return response.writeHead(302, { location: `/redirect/${Number(count) - 1}` }).end('elsewhere');
  },
  /** /redirect-to?url=…: one redirect to any URL. */
  'redirect-to': (response, _argument, query) => {
    response.writeHead(301, { location: query.get('url') ?? '' }).end();
  },
  'redirect-nowhere': (response) => response.writeHead(302).end(),
  /** A body of half its Content-Length, then the connection closes; ?close=1 announces that. */
  short: (response, _argument, query) => {
    const body = makePng(40, 30);
    response.writeHead(200, {
      'content-length': body.length,
      ...(query.has('close') ? { connection: 'close' } : {}),
    });
    response.write(body.subarray(0, body.length / 2), () => response.socket?.end());
  },
  /** A chunked body without its last chunk. */
  'short-chunked': (response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write(makePng(40, 30), () => response.socket?.end());
  },
  empty: (response) => response.writeHead(200, { 'content-length': 0 }).end(),
  'empty-chunked': (response) => response.writeHead(200).end(),
  reset: (response) => response.socket?.resetAndDestroy(),
  'reset-body': (response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write(makePng(4, 3), () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
  },
  /** /flaky/2?of=a: fails that often with ?status=503 (or a reset), ?after=1 as Retry-After, then an image. */
  flaky: (response, times, query) => {
    const name = `${response.req.headers.host} ${query.get('of')}`;
    const seen = (flaky.get(name) ?? 0) + 1;
    flaky.set(name, seen);
    if (seen > Number(times)) return png(response);
    const status = Number(query.get('status') ?? 0);
    if (status === 0) return response.socket?.resetAndDestroy();
    const after = query.get('after');
    return response.writeHead(status, after === null ? {} : { 'retry-after': after }).end('no');
  },
  /** Never answers. */
  stall: () => {},
  gate: (response) => {
    if (gate.isOpen) return png(response);
    hanging.add(response);
    return response.once('close', () => hanging.delete(response));
  },
  'stall-body': (response) => response.writeHead(200, { 'content-length': 1000 }).write('x'),
  'not-http': (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
  html: (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!DOCTYPE html><html><body><svg width="1" height="1"></svg></body></html>');
  },
  gzip: (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(makePng(7, 5)));
  },
  brotli: (response) => {
    response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(makePng(7, 5)));
  },
  /** A large gzip body, and the server's end of the connection right behind it; ?close=1 announces that. */
  'gzip-close': (response, _argument, query) => {
    const body = gzipSync(Buffer.concat([makePng(7, 5), randomBytes(60_000)]));
    const close = query.has('close') ? 'connection: close\r\n' : '';
    const head = `HTTP/1.1 200 OK\r\n${close}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
    response.socket?.end(Buffer.concat([Buffer.from(head), body]));
  },
  /** Empty gzip members without end: many bytes that decode to none. */
  'gzip-empty': async (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    const block = Buffer.concat(Array.from({ length: 2000 }, () => gzipSync('')));
    while (!response.destroyed) if (!response.write(block)) await delay(1);
  },
  'gzip-identity': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip, identity' }).end(gzipSync(makePng(7, 5)));
  },
  /** A redirect whose body never ends. */
  'redirect-stalled': (response) => {
    response.writeHead(302, { location: '/png/4x3', 'content-length': 10 }).write('x');
  },
  /** A 404 whose body never ends. */
  'not-found-stalled': (response) => {
    response.writeHead(404, { 'content-length': 10 }).write('x');
  },
  'gzip-cut': (response) => {
    const body = gzipSync(makePng(70, 50));
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body.subarray(0, -12));
  },
  'gzip-broken': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(makePng(7, 5));
  },
  'gzip-bomb': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000)));
  },
  'unknown-encoding': (response) => {
    response.writeHead(200, { 'content-encoding': 'x-own' }).end('?');
  },
  /** A body without end. */
  endless: async (response) => {
    const block = Buffer.alloc(65_536);
    while (!response.destroyed) if (!response.write(block)) await delay(1);
  },
  /** The body ends with the connection: no length, not chunked. */
  'until-close': (response) => {
    response.socket?.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), makePng(9, 8)]));
  },
  /** Interim responses before the final one (RFC 9110, 15.2). */
  'early-hints': (response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    png(response);
  },
};

export type SeenRequest = {
  path: string;
  /** With the query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Monotonic milliseconds. */
  at: number;
};

export type TestServer = {
  /** `http://127.0.0.1:PORT` */
  address: string;
  host: string;
  requests: SeenRequest[];
  /** Most requests under way at one time. */
  mostAtOnce(): number;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
};

/** A real HTTP server on the loopback interface with real images and real faults. */
export async function startServer(): Promise<TestServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const counts = { now: 0, most: 0, connections: 0 };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://test.invalid');
    requests.push({
      path: url.pathname,
      url: url.pathname + url.search,
      headers: request.headers,
      at: performance.now(),
    });
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    response.once('close', () => {
      counts.now -= 1;
    });
    const [, kind = '', argument = ''] = /^\/([^/]*)\/?(.*)$/.exec(url.pathname) ?? [];
    const answer = ANSWERS[kind];
    if (!answer) return response.writeHead(404).end('not found');
    return answer(response, argument, url.searchParams);
  });
  server.on('connection', (socket) => {
    counts.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    mostAtOnce: () => counts.most,
    connections: () => counts.connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { formatBytes } from '../terminal/numbers.ts';
import { logRefused, logRequest } from './access-log.ts';
import type { createApp } from './app.ts';
import { problemJson, toldError } from './problem-json.ts';

/** What clients may take of a server, slow ones above all. */
const LIMITS = {
  maxHeaderSize: 16_384,
  /** For the headers of a request, and for all of it. */
  headersTimeout: 15_000,
  requestTimeout: 600_000,
  connectionsCheckingInterval: 2000,
  // HTTP/1.0 has no Host, and what looks whether the server lives may speak it.
  requireHostHeader: false,
  keepAliveTimeout: 30_000,
};
const MAX_CONNECTIONS = 2000;
/** A connection on which nothing moves for so long is closed: event streams say that they live more often. */
const IDLE_MS = 60_000;
/** What is still being answered when a server ends. */
const LAST_ANSWERS_MS = 1000;

export type Listening = {
  /** `http://127.0.0.1:3000` */
  url: string;
  close(): Promise<void>;
};

export type ListenOptions = {
  host: string;
  port: number;
  app: Awaited<ReturnType<typeof createApp>>;
  /** Called with a line for each request. */
  writeLog(line: string): void;
};

/** Serves an app. Throws `usage` where that address can't be had. */
export async function listen({ host, port, app, writeLog }: ListenOptions): Promise<Listening> {
  const answer = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    hostname: 'localhost',
    errorHandler: () => problemJson(toldError(unreadable())),
  });
  const server = createServer(LIMITS, (request, response) => {
    logRequest(request, response, writeLog);
    void answer(request, response);
  });
  refuseWhatIsNone(server, writeLog);
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MS);
  await begin(server, host, port);
  return { url: urlOf(server, host), close: () => end(server) };
}

/** The client went away in the middle of its request. */
const GIVEN_UP = new Set(['ECONNRESET', 'HPE_INVALID_EOF_STATE']);

/** Answers what Node.js would refuse in its own way: as all else is, with a line in the log. */
function refuseWhatIsNone(server: Server, writeLog: (line: string) => void): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answering.set(request.socket, response));
  server.on('checkExpectation', async (request, response) => {
    logRequest(request, response, writeLog);
    const error = new ImgjobError('expectation-failed', 'expected no Expect but 100-continue');
    const { status, headers, text } = await lastAnswer(error);
    response.writeHead(status, headers).end(text);
  });
  server.on('clientError', async (error, socket) => {
    const response = answering.get(socket);
    const isRequest = response !== undefined && !response.writableFinished;
    // Half an answer must not go on with another one.
    const isBegun = isRequest && response.headersSent;
    if (!socket.writable || GIVEN_UP.has(systemCode(error)) || isBegun) {
      socket.destroy();
      return;
    }
    const { status, headers, text } = await lastAnswer(faultOf(systemCode(error)));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`;
    socket.end(head + text, () => socket.destroy());
    if (socket instanceof Socket) logRefused(socket, { status, isRequest }, writeLog);
  });
}

/** An error with which a connection ends. */
async function lastAnswer(error: ImgjobError) {
  const response = problemJson(toldError(error));
  const text = await response.text();
  const length = String(Buffer.byteLength(text));
  const headers = { ...Object.fromEntries(response.headers), 'content-length': length };
  return { status: response.status, headers: { ...headers, connection: 'close' }, text };
}

function faultOf(code: string): ImgjobError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const most = formatBytes(LIMITS.maxHeaderSize);
    return new ImgjobError('headers-too-large', `the headers are larger than ${most}`);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new ImgjobError('body-too-slow', 'the request did not come in time');
  }
  return unreadable();
}

function unreadable(): ImgjobError {
  return new ImgjobError('bad-request', 'this is not an HTTP request');
}

function begin(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(notListening(error, host, port)));
    server.listen(port, host, resolve);
  });
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'another program uses it',
  EADDRNOTAVAIL: 'it is not an address of this machine',
  ENOTFOUND: 'there is no such name',
};

function notListening(error: unknown, host: string, port: number): ImgjobError {
  const why = WHY[systemCode(error)] ?? reasonOf(error);
  return new ImgjobError('usage', `can't listen on ${host}, port ${port}: ${why}`, {
    cause: error,
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function end(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearTimeout(timer);
}

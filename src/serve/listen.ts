import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { logRequest } from './access-log.ts';
import type { createApp } from './app.ts';

/** What clients may take of a server, slow ones above all. */
const LIMITS = {
  maxHeaderSize: 16_384,
  /** For the headers of a request, and for all of it. */
  headersTimeout: 15_000,
  requestTimeout: 600_000,
  connectionsCheckingInterval: 2000,
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
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer(LIMITS, (request, response) => {
    logRequest(request, response, writeLog);
    void answer(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MS);
  await begin(server, host, port);
  return { url: urlOf(server, host), close: () => end(server) };
}

function begin(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(notListening(error, host, port)));
    server.listen(port, host, resolve);
  });
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'another program has it',
  EADDRNOTAVAIL: 'it is no address of this machine',
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

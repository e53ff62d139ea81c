import { afterAll, beforeAll } from 'vitest';
import type { Download, Downloader, DownloadOptions } from '../../src/download/download.ts';
import type { Received } from '../../src/download/exchange.ts';
import { createNetwork } from '../../src/download/network.ts';
import type { Fault } from '../../src/job/effects.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { startServer, type TestServer } from '../support/server.ts';

export const OPTIONS: DownloadOptions = {
  ...DEFAULTS,
  headers: [],
  tls: { rejectUnauthorized: true },
  timeout_ms: 5000,
  connect_timeout_ms: 5000,
  max_bytes: 1_000_000,
  user_agent: 'imgjob/test',
};

export type DownloaderOptions = DownloadOptions & {
  /** Most connections in all; as many as are wanted where it is left out. */
  max_connections?: number;
  /** Names the proxies; that of the process where it is left out. */
  env?: Record<string, string>;
};

/** A downloader on a network of its own. */
export function createDownloader({
  max_connections,
  env,
  ...options
}: DownloaderOptions): Downloader {
  const network = createNetwork({ env: env ?? process.env });
  if (max_connections !== undefined) network.setMostConnections(max_connections);
  return network.open(options);
}

type Downloaded = {
  outcome: Received | Fault;
  body: Buffer;
  starts: number;
  waited_ms: number;
  hosts: string[];
};

export async function download(
  url: string,
  overrides: Partial<DownloaderOptions> = {},
): Promise<Downloaded> {
  const downloader = createDownloader({ ...OPTIONS, ...overrides });
  try {
    return await downloadWith(downloader.download, url);
  } finally {
    await downloader.close();
  }
}

export async function downloadWith(
  run: Download,
  url: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Downloaded> {
  const chunks: Uint8Array[] = [];
  const seen = { starts: 0, waited_ms: 0, hosts: [] as string[] };
  const sink = {
    start() {
      seen.starts += 1;
    },
    push(chunk: Uint8Array) {
      chunks.push(Uint8Array.from(chunk));
      return false;
    },
  };
  const onHost = (host: string) => void seen.hosts.push(host);
  const onWait = (ms: number) => {
    seen.waited_ms += ms;
  };
  const outcome = await run(url, sink, { signal, onBytes() {}, onHost, onWait });
  return { outcome, body: Buffer.concat(chunks), ...seen };
}

/** A server for the tests of one file. */
export function setUpServer() {
  let started: TestServer | undefined;
  beforeAll(async () => {
    started = await startServer();
  });
  afterAll(() => started?.close());
  const server = (): TestServer => {
    if (!started) throw new Error('the server has not started yet');
    return started;
  };
  return { server, at: (path: string) => server().address + path };
}

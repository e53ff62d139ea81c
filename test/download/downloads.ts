import { afterAll, beforeAll } from 'vitest';
import { createDownloader, type DownloaderOptions } from '../../src/download/download.ts';
import type { Fault, Received } from '../../src/job/effects.ts';
import { DEFAULTS } from '../../src/options.ts';
import { startServer, type TestServer } from '../support/server.ts';

export const OPTIONS: DownloaderOptions = {
  ...DEFAULTS,
  headers: [],
  tls: { rejectUnauthorized: true },
  timeout_ms: 5000,
  connect_timeout_ms: 1000,
  max_bytes: 1_000_000,
  max_redirects: 5,
  user_agent: 'imgjob/test',
};

type Download = {
  outcome: Received | Fault;
  body: Buffer;
  starts: number;
  waited_ms: number;
  hosts: string[];
};

export async function download(
  url: string,
  overrides: Partial<DownloaderOptions> = {},
): Promise<Download> {
  const downloader = createDownloader({ ...OPTIONS, ...overrides });
  try {
    return await downloadWith(downloader.download, url);
  } finally {
    await downloader.close();
  }
}

export async function downloadWith(
  run: ReturnType<typeof createDownloader>['download'],
  url: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Download> {
  const chunks: Uint8Array[] = [];
  const seen = { starts: 0, waited_ms: 0, hosts: [] as string[] };
  const sink = {
    start() {
      seen.starts += 1;
    },
    push: (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
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

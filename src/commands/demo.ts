import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { basename, extname } from 'node:path';
import { Readable } from 'node:stream';
import { runBatch } from '../batch/run-batch.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import { loadManifest, type ReadManifest } from '../manifest/read.ts';
import { DEFAULTS } from '../options/defaults.ts';
import type { ProgressKind } from '../progress/choose-progress.ts';
import { memoryJob } from '../runner/open-job.ts';

const FOLDER = new URL('../../fixtures/demo/', import.meta.url);
/** Where the images of the demo manifest are: a name that nobody can have (RFC 2606). */
const SITE = 'http://demo.invalid';
const OUTPUT = 'demo.results.json';
const LATENCY_MS = { least: 20, spread: 120 };

const CONTENT_TYPES: Record<string, string> = {
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
};

/** Hosts that the user's own proxy is not for. */
const NO_EXCEPTIONS = { no_proxy: '', NO_PROXY: '' };

export type DemoOptions = { progress: ProgressKind };

/**
 * `imgjob demo`: serves the images of this package on the loopback interface
 * and runs the demo manifest against them, as `run` does. The server is the
 * proxy: so URLs are the same each time, and two runs can be compared. One
 * store is meant to fail: answers 0 when exactly that happened.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const server = await startServer();
  try {
    const manifest = await readDemoManifest();
    const job = memoryJob({ ...manifest, path: '-' }, { options: DEFAULTS, headers: [] });
    const { exitCode, jobs } = await runBatch([job], {
      fleet: null,
      concurrency: DEFAULTS.concurrency,
      progress: options.progress,
      ...{ quiet: false, debug: false },
      ...{ output: OUTPUT, format: 'json' },
      reports: {},
      github: null,
      env: { ...process.env, http_proxy: addressOf(server), ...NO_EXCEPTIONS },
    });
    const asIntended = jobs.every(
      ({ stores: { failed, completed, total } }) => failed === 1 && completed === total - 1,
    );
    if (exitCode !== EXIT.failed || !asIntended) return exitCode;
    if (options.progress !== 'json') process.stderr.write(closingWords());
    return EXIT.ok;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function readDemoManifest(): Promise<ReadManifest> {
  const stdin = Readable.from([await readFile(new URL('manifest.json', FOLDER))]);
  const outcome = await loadManifest(
    { path: '-', stdin },
    { format: 'json', job_id: null, now: Date.now, random: Math.random },
  );
  if ('problems' in outcome) throw new ImgjobError('internal', 'the demo manifest is broken');
  return outcome;
}

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? '/', SITE).pathname);
    const wait = LATENCY_MS.least + Math.random() * LATENCY_MS.spread;
    setTimeout(() => {
      readFile(new URL(`images/${encodeURIComponent(name)}`, FOLDER)).then(
        (bytes) => {
          const type = CONTENT_TYPES[extname(name)] ?? `image/${extname(name).slice(1)}`;
          response.writeHead(200, { 'content-type': type }).end(bytes);
        },
        () => response.writeHead(404).end('no such image'),
      );
    }, wait);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new ImgjobError('internal', 'the demo server has no port');
  }
  return `http://127.0.0.1:${address.port}`;
}

function closingWords(): string {
  return `
One store failed, as it was meant to. What the results say of it:
  jq '.stores[] | select(.error) | {store_id, error}' ${OUTPUT}
`;
}

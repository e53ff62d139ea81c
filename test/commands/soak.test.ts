import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAULT_CODES } from '../../src/results/results-schema.ts';
import { BIN, createWorkspace, ENVIRONMENT, type Workspace } from '../support/cli.ts';
import { parseResults } from '../support/kept.ts';
import { createRandom } from '../support/random.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** `npm test` has a few; `npm run test:slow` two thousand. */
const STORES = Number(process.env.STORES ?? 60);
const IMAGES = 5;
const FAULTS = [
  ...['status/404', 'status/500', 'status/204', 'reset', 'reset-body', 'short', 'short-chunked'],
  ...['empty', 'not-http', 'html', 'gzip-cut', 'gzip-broken', 'gzip-bomb', 'endless', 'stall'],
  ...['stall-body', 'redirect/9', 'redirect-nowhere', 'redirect-stalled', 'error-page/900000'],
  ...['unknown-encoding', 'until-close', 'gzip-close', 'early-hints', 'redirect-to?url=file:///x'],
];

let server: TestServer;
let workspace: Workspace;
beforeAll(async () => {
  server = await startServer();
  workspace = createWorkspace();
});
afterAll(async () => {
  workspace.remove();
  await server.close();
});

/** Every third request meets a fault, whichever it is. */
function writeManifest(): string {
  const random = createRandom(STORES);
  const url = () => {
    const fault = FAULTS[random.below(FAULTS.length)];
    return `${server.address}/${random.below(3) === 0 ? fault : `png/${1 + random.below(99)}x7`}`;
  };
  const stores = Array.from({ length: STORES }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from({ length: IMAGES }, url),
  }));
  return workspace.write('m.json', { job_id: 'soak', stores });
}

/** Memory in megabytes and open sockets of a process, as Linux tells them: proc(5). */
function look(pid: number): { megabytes: number; sockets: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // One that has just ended has no memory.
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  return { megabytes: kilobytes / 1000, sockets: readdirSync(`/proc/${pid}/fd`).length };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

it.runIf(process.platform === 'linux')(
  `a third of all requests meet a fault: ${STORES} stores end by themselves, and nothing grows`,
  async () => {
    const args = ['run', '-c', '40', '--sleep', '0', '--timeout', '2s', '--stall-timeout', '300ms'];
    const more = ['--retries', '1', '--retry-delay', '20ms', '--max-bytes', '1MB'];
    const quiet = ['--progress', 'none', '--state-dir', 'state', '-o', 'out.json', writeManifest()];
    const child = spawn(process.execPath, [BIN, ...args, ...more, ...quiet], {
      cwd: workspace.folder,
      env: ENVIRONMENT,
      stdio: 'ignore',
    });
    const seen: ReturnType<typeof look>[] = [];
    const timer = setInterval(() => seen.push(look(child.pid ?? 0)), 250);
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearInterval(timer);

    expect(code).toBe(1);
    const { summary, stores } = parseResults(readFileSync(workspace.path('out.json'), 'utf8'));
    expect(summary.stores.completed + summary.stores.failed).toBe(STORES);
    const { completed, failed, skipped } = summary.images;
    expect(completed + failed + skipped).toBe(STORES * IMAGES);
    expect(failed).toBe(summary.stores.failed);
    const images = stores.flatMap((store) => store.images);
    const codes = new Set(images.flatMap(({ error }) => (error ? [error.code] : [])));
    expect(codes).not.toContain('internal');
    for (const fault of codes) expect(FAULT_CODES).toContain(fault);

    // 40 connections at most, the files of the program, and no more at the end than in the middle.
    expect(Math.max(...seen.map(({ sockets }) => sockets))).toBeLessThan(120);
    const memory = seen.map(({ megabytes }) => megabytes);
    expect(Math.max(...memory)).toBeLessThan(400);
    const half = Math.floor(memory.length / 2);
    expect(median(memory.slice(half))).toBeLessThan(1.3 * median(memory.slice(0, half)) + 40);
  },
  60_000 + STORES * 200,
);

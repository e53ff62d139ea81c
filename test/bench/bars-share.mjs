// What drawing costs: bars over a run with so many busy slots, on a terminal of usual size.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { builtSource } from '../support/built-source.mjs';

const folder = mkdtempSync(join(tmpdir(), 'imgjob-bars-'));
const { createBars } = await import(await builtSource('progress/bars.ts', folder));
rmSync(folder, { recursive: true });

const SECONDS = 3;

/** The share of a core's time that the bars take. */
export async function barsShare(slots) {
  const terminal = new Writable({ write: (_chunk, _encoding, done) => done() });
  const stream = Object.assign(terminal, { isTTY: true, columns: 120, rows: 40 });
  const elapsed = () => performance.now();
  const counts = { total: slots * 20, completed: 0, failed: 0, skipped: 0, pending: slots * 20 };
  const reducer = { job_id: 'wide', summary: () => ({ images: counts, stores: { failed: 0 } }) };
  const activities = Array.from({ length: slots }, (_, store) => ({
    ...{ job_id: 'wide', store, store_id: `S${store}`, images: 20, image: 3, host: 'cdn.example' },
    ...{ phase: 'work', bytes: 24_000, since: 0 },
  }));
  const run = { jobs: new Map([['wide', { reducer }]]), ended: new Map(), activities };
  const bars = createBars({ stream, run, elapsed, style: { unicode: true, color: true } });
  bars.onEvent({ type: 'job_started', job_id: 'wide' });
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const { user, system } = process.cpuUsage(before);
  bars.stop();
  return (user + system) / 1e6 / SECONDS;
}

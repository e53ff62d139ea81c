import { expect, it } from 'vitest';
import { BIN, runNode } from '../support/cli.ts';
import { setUpPlainRuns } from '../support/plain-server.ts';

/** 100,000 in `npm run test:slow`; `npm run bench:scale` goes up to a million. */
const IMAGES = Number(process.env.IMAGES ?? 5000);
const PER_STORE = 50;
const PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;

const runs = setUpPlainRuns();

/** Peak memory of a run with journal and results, in kilobytes. */
async function peak(images: number): Promise<number> {
  const lines = runs.server.manifest(images / PER_STORE, PER_STORE);
  const manifest = runs.workspace.write('m.ndjson', lines.join('\n'));
  const run = [BIN, 'run', '--sleep', '0', '--progress', 'none', '--format', 'ndjson'];
  const places = ['--state-dir', runs.workspace.state, '-o', runs.workspace.path('out.ndjson')];
  const { code, stderr } = await runNode(['--import', PEAK, ...run, ...places, manifest]);
  expect(code).toBe(0);
  return Number(/peak (\d+)/.exec(stderr)?.[1]);
}

it(
  'ten times the images take next to no more memory',
  async () => {
    const tenth = await peak(IMAGES / 10);
    const all = await peak(IMAGES);
    // A short run ends before the collector has found its measure; results as objects would be 80 MB a 100,000.
    expect(all - tenth).toBeLessThan(60_000);
  },
  15 * 60_000,
);

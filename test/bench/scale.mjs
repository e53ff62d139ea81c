// npm run bench:scale: what grows with a job and what does not, up to 1,000,000 images.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { barsShare } from './bars-share.mjs';
import { at, median, time, watched, writeManifest } from './compare.mjs';
import { writeMillion } from './million.mjs';
import { startServer } from './server.mjs';
import { formatRow, row } from './table.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'imgjob-scale-'));
const file = (name) => join(folder, name);
const add = (...parts) => console.log(formatRow(row(...parts)));

/** Peak memory of a run, in megabytes, and its milliseconds. */
async function run(manifest, more = []) {
  const args = ['run', '-c', '50', '--sleep', '0', '--progress', 'none', '--format', 'ndjson'];
  const state = file('state');
  const found = await watched(
    [...args, '--state-dir', state, '-o', file('out.ndjson'), ...more, manifest],
    folder,
  );
  if (found.code !== 0) throw new Error(`the run of ${manifest} ended with ${found.code}`);
  rmSync(state, { recursive: true });
  return found;
}

async function memory(url) {
  const small = writeManifest(file('100k.ndjson'), 1000, () => 100, url);
  const large = writeManifest(file('1m.ndjson'), 10_000, () => 100, url);
  const json = writeManifest(file('1m.json'), 10_000, () => 100, url);
  const peaks = { small: [], large: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    peaks.small.push((await run(small)).megabytes);
    peaks.large.push((await run(large)).megabytes);
  }
  const [of100k, of1m] = [median(peaks.small), median(peaks.large)];
  add('100,000 images, NDJSON', 'peak memory, MB', of100k, null, 'most', 0);
  add('1,000,000 images, NDJSON', 'peak memory, MB', of1m, null, 'most', 0);
  add('1,000,000 images, NDJSON', 'peak memory over 100,000', of1m / of100k, 1.15, 'most');
  const whole = await run(json);
  const more = whole.megabytes - of1m;
  add('1,000,000 images, one JSON manifest', 'bytes an image more', more, 400, 'most', 0);
}

async function tinyStores(url) {
  const manifest = writeManifest(file('tiny.ndjson'), 1_000_000, () => 1, url);
  const { ms, megabytes } = await run(manifest);
  add('1,000,000 stores of one image', 'images/s', 1e9 / ms, null, 'least', 0);
  add('1,000,000 stores of one image', 'peak memory, MB', megabytes, null, 'most', 0);
}

async function wide(url) {
  const manifest = writeManifest(file('wide.ndjson'), 10_000, () => 20, url);
  const { delay_p99_ms } = await run(manifest, ['-c', '10000', '--sleep', '400ms']);
  add('10,000 stores at once', 'event-loop delay, p99, ms', delay_p99_ms, 50, 'most', 0);
  add('10,000 stores at once', 'bars, % of a core', 100 * (await barsShare(10_000)), 3, 'most', 1);
}

/** Opening the journal of an interrupted job. */
async function journal() {
  const held = await time([process.execPath, at('memory-results.mjs')]);
  if (held.code !== 0) throw new Error('memory-results.mjs failed');
  for (const form of ['ndjson', 'json']) {
    const state = file(`million-${form}`);
    await writeMillion(state, form);
    for (const args of [['status'], ['status', 'million'], ['results', 'million']]) {
      const { ms, megabytes, code } = await watched([...args, '--state-dir', state], folder);
      if (code !== 0) throw new Error(`imgjob ${args.join(' ')} ended with ${code}`);
      const what = `a journal of 1,000,000 images, ${form} manifest`;
      add(what, `imgjob ${args.join(' ')}`, `${(ms / 1000).toFixed(1)} s, ${megabytes} MB`);
    }
    rmSync(state, { recursive: true });
  }
}

const server = await startServer(folder);
const url = (store, image) => `${server.address}/small/${store}/${image}.jpg`;
try {
  await memory(url);
  await tinyStores(url);
  await wide(url);
  await journal();
} finally {
  server.stop();
  rmSync(folder, { recursive: true });
}

// npm run bench: imgjob beside the barest loop, on loopback, as ratios of one run.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const BIN = at('../../bin/imgjob.js');
const ROUNDS = 5;
const folder = mkdtempSync(join(tmpdir(), 'imgjob-bench-'));

/** Milliseconds that a process takes. */
function time(args) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - began);
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Medians of two commands run in turn, and of their ratio pair by pair. */
async function pair(first, second, rounds = ROUNDS) {
  const times = [];
  await time(first);
  await time(second);
  for (let round = 0; round < rounds; round += 1)
    times.push([await time(first), await time(second)]);
  return {
    first: median(times.map(([a]) => a)),
    second: median(times.map(([, b]) => b)),
    ratio: median(times.map(([a, b]) => a / b)),
  };
}

function writeManifest(name, port, stores, imagesOf) {
  const path = join(folder, name);
  const list = Array.from({ length: stores }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from(
      { length: imagesOf(store) },
      (__, image) => `http://127.0.0.1:${port}/${store}/${image}`,
    ),
  }));
  writeFileSync(path, JSON.stringify({ stores: list }));
  return path;
}

const runArgs = (manifest, sleep) => [
  ...[BIN, 'run', '-c', '50', '--sleep', sleep, '--progress', 'none'],
  ...['-o', join(folder, 'out.json'), manifest],
];

async function throughput(port) {
  const manifest = writeManifest('small.json', port, 100, () => 100);
  const loop = [at('bare-loop.mjs'), manifest, '50'];
  const { first, second, ratio } = await pair(runArgs(manifest, '0'), loop);
  const perSecond = (ms) => Math.round(10_000_000 / ms);
  console.log('10,000 images of 10 to 60 KB, 100 stores, cap 50, sleep 0, whole process');
  console.log(`  imgjob run       ${perSecond(first)} images/s`);
  console.log(`  bare undici loop ${perSecond(second)} images/s`);
  console.log(`  ratio            ${(1 / ratio).toFixed(2)}   (aim: 0.8 or more)`);
}

async function startUp() {
  const { first, second, ratio } = await pair([BIN, '--version'], ['-e', '0'], 15);
  console.log('start-up');
  console.log(`  imgjob --version ${first.toFixed(0)} ms,  node -e 0 ${second.toFixed(0)} ms`);
  console.log(`  ratio            ${ratio.toFixed(2)}   (aim: 2 or less)`);
}

async function makespan(port) {
  const manifest = writeManifest('uneven.json', port, 100, (store) => 20 + (store % 41));
  const took = await time(runArgs(manifest, '50ms'));
  const { stores, duration_ms } = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'));
  const work = stores.map(({ images }) =>
    images.reduce((sum, image) => sum + image.duration_ms, 0),
  );
  const bound = Math.max(...work, work.reduce((sum, ms) => sum + ms, 0) / 50);
  console.log('100 stores of 20 to 60 images, cap 50, sleep 50 ms');
  console.log(
    `  run ${duration_ms} ms, whole process ${took.toFixed(0)} ms, lower bound ${bound.toFixed(0)} ms`,
  );
  console.log(`  ratio            ${(duration_ms / bound).toFixed(3)}   (aim: 1.05)`);
}

const server = fork(at('server.mjs'));
try {
  const port = await new Promise((resolve) => server.once('message', resolve));
  await throughput(port);
  await startUp();
  await makespan(port);
} finally {
  server.disconnect();
  rmSync(folder, { recursive: true });
}

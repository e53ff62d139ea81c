// npm run bench: imgjob beside the barest loop, on loopback, as ratios of one run.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeMillion } from './million.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const BIN = at('../../bin/imgjob.js');
const ROUNDS = 5;
/** Prints a process's peak memory in kilobytes when it exits. */
const PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;
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

/** Milliseconds and megabytes that a process takes at most. */
async function weigh(args) {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', PEAK, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  for await (const chunk of child.stderr) output += chunk;
  const kilobytes = Number(/peak (\d+)/.exec(output)?.[1]);
  return { ms: performance.now() - began, megabytes: Math.round(kilobytes / 1000) };
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

const runArgs = (manifest, sleep, state = ['--no-state']) => [
  ...[BIN, 'run', '-c', '50', '--sleep', sleep, '--progress', 'none', ...state],
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

/** Images a second with a journal and without, by the job's own time. */
async function journal(port) {
  const manifest = writeManifest('journal.json', port, 100, () => 100);
  const rate = async (state) => {
    await time(runArgs(manifest, '0', state));
    return 10_000_000 / JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).duration_ms;
  };
  const ratios = [];
  for (let round = 0; round < 2 * ROUNDS + 1; round += 1) {
    const state = ['--state-dir', join(folder, `state-${round}`)];
    const kept = await rate(state);
    ratios.push(kept / (await rate(['--no-state'])));
  }
  console.log('10,000 images of 10 to 60 KB, sleep 0, images/s of the job');
  console.log(
    `  with a journal over --no-state  ${median(ratios).toFixed(2)}   (aim: 0.95 or more)`,
  );
}

/** Opening a journal of a million images. */
async function million() {
  const held = await weigh([at('memory-results.mjs')]);
  console.log('a journal of 1,000,000 images');
  console.log(`  its results as objects   ${held.megabytes} MB`);
  for (const form of ['ndjson', 'json']) {
    const state = join(folder, `million-${form}`);
    await writeMillion(state, form);
    const manifest = await weigh([BIN, 'validate', join(state, `jobs/million/manifest.${form}`)]);
    const list = await weigh([BIN, 'status', '--state-dir', state]);
    const one = await weigh([BIN, 'status', 'million', '--state-dir', state]);
    const results = await weigh([BIN, 'results', 'million', '--state-dir', state]);
    const show = ({ ms, megabytes }) => `${(ms / 1000).toFixed(1)} s, ${megabytes} MB`;
    console.log(`  ${form} manifest alone ${show(manifest)}`);
    console.log(`    status ${show(list)}   status ID ${show(one)}   results ${show(results)}`);
    rmSync(state, { recursive: true });
  }
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
  await journal(port);
  await startUp();
  await makespan(port);
  await million();
} finally {
  server.disconnect();
  rmSync(folder, { recursive: true });
}

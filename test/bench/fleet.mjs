// npm run bench:fleet: what a fleet does on this machine. Every figure is of whole processes: runner,
// workers and Redis share its cores.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { startServer } from './server.mjs';

const IMAGES = Number(process.env.IMAGES ?? 100_000);
const BIN = fileURLToPath(new URL('../../bin/imgjob.js', import.meta.url));
if (spawnSync('redis-server', ['--version']).status !== 0) throw new Error('no redis-server here');

const folder = mkdtempSync(join(tmpdir(), 'imgjob-bench-fleet-'));
const socket = join(folder, 'redis.sock');
const env = { PATH: process.env.PATH, HOME: folder, IMGJOB_REDIS: `unix:${socket}` };
const images = await startServer(folder);
const redis = spawn(
  'redis-server',
  ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''],
  { stdio: 'ignore' },
);
await delay(500);
const client = new Redis({ path: socket });

const show = (what, value, unit, least) =>
  console.log(
    `${what.padEnd(52)} ${String(value).padStart(10)} ${unit}${least ? `   (${least})` : ''}`,
  );

async function startWorker(slots) {
  const args = [BIN, 'worker', '-c', String(slots)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise((resolve) => {
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
      if (said.includes('at once')) resolve();
    });
  });
  return child;
}

async function end(child, signal = 'SIGTERM') {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

function startRun(stores, more = []) {
  const manifest = join(folder, 'm.json');
  const out = join(folder, 'out.json');
  writeFileSync(manifest, JSON.stringify({ job_id: 'bench', stores }));
  const args = ['run', '-q', '--force', '--state-dir', join(folder, 'state'), '-o', out, ...more];
  const child = spawn(process.execPath, [BIN, ...args, manifest], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const results = once(child, 'close').then(() => JSON.parse(readFileSync(out, 'utf8')));
  return { child, results };
}

const storesOf = (stores, count, url) =>
  Array.from({ length: stores }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from({ length: count }, (__, image) => url(store, image)),
  }));

/** Images of which nothing is to be fetched: what is left is what the fleet costs. */
async function committed() {
  const worker = await startWorker(50);
  const stores = storesOf(IMAGES / 100, 100, (store, image) => `noop:${store}-${image}`);
  let most = 0;
  const look = setInterval(async () => {
    const info = await client.info('memory');
    most = Math.max(most, Number(/used_memory:(\d+)/.exec(info)[1]));
  }, 100);
  const { duration_ms } = await startRun(stores, ['--keep-going']).results;
  clearInterval(look);
  show(
    'no-op images committed and journaled, one worker',
    Math.round((IMAGES / duration_ms) * 1000),
    '/s',
    'at least 15,000',
  );
  show('most memory of Redis meanwhile', (most / 1e6).toFixed(1), 'MB');
  await end(worker);
}

/** How fast a window fills while no worker is there, and how fast one worker empties it. */
async function enqueued() {
  const stores = storesOf(10_000, 1, (store) => `noop:${store}`);
  const { results } = startRun(stores, ['-c', '10000', '--keep-going']);
  const length = async () => Number(await client.llen('{imgjob}:stores:wait'));
  while ((await length()) === 0) await delay(1);
  const since = performance.now();
  while ((await length()) < 10_000) await delay(5);
  show(
    'stores put into the queue',
    Math.round(1e7 / (performance.now() - since)),
    '/s',
    'at least 2,000',
  );
  const worker = await startWorker(50);
  const begun = performance.now();
  await results;
  show(
    'stores of one image taken, done and journaled',
    Math.round(1e7 / (performance.now() - begun)),
    '/s',
  );
  await end(worker);
}

/** 400 ms of work for each image. */
async function scaling() {
  const url = (store, image) => `${images.address}/small/${store}-${image}.jpg`;
  const rates = [];
  for (const workers of [1, 2]) {
    const started = await Promise.all(Array.from({ length: workers }, () => startWorker(50)));
    const { duration_ms } = await startRun(storesOf(50 * workers, 40, url)).results;
    rates.push((50 * workers * 40) / (duration_ms / 1000));
    for (const worker of started) await end(worker);
  }
  const [one, two] = rates;
  show(
    'one worker of 50 at 0.4 s',
    one.toFixed(1),
    'images/s',
    `${(one / 125).toFixed(3)} of the ideal`,
  );
  show(
    'two workers of 50 at 0.4 s',
    two.toFixed(1),
    'images/s',
    `${(two / 250).toFixed(3)} of the ideal`,
  );
  show('two workers over one', (two / one).toFixed(2), 'times', 'at least 1.95');
}

/** The longest time without a commit when a worker ends in the middle of a store, but for the 400 ms of an image. */
async function takenOver(signal) {
  const first = await startWorker(1);
  const url = (store, image) => `${images.address}/small/${store}-${image}.jpg`;
  const { results, child } = startRun(storesOf(1, 60, url));
  const run = async () => (await client.keys('*:run:*')).find((key) => /run:\w+$/.test(key));
  const commits = async () => Number(await client.hget((await run()) ?? 'none', 'n'));
  while ((await commits()) < 4) await delay(20);
  const second = await startWorker(1);
  let last = { commits: await commits(), at: performance.now() };
  let longest = 0;
  first.kill(signal);
  for (const goal = last.commits + 4; last.commits < goal; await delay(5)) {
    const now = { commits: await commits(), at: performance.now() };
    if (now.commits === last.commits) continue;
    longest = Math.max(longest, now.at - last.at);
    last = now;
  }
  const seconds = Math.max(0, longest - 400) / 1000;
  const least = signal === 'SIGTERM' ? 'under 1' : 'within 12';
  show(`a store goes on elsewhere after ${signal}`, seconds.toFixed(2), 's', least);
  await end(child, 'SIGKILL');
  await results.catch(() => {});
  await end(second, 'SIGKILL');
  await client.flushall();
}

try {
  await committed();
  await enqueued();
  await scaling();
  await takenOver('SIGTERM');
  await takenOver('SIGKILL');
} finally {
  client.disconnect();
  redis.kill('SIGKILL');
  await images.stop();
  rmSync(folder, { recursive: true, force: true });
}

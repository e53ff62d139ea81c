// `imgjob serve` beside `imgjob run`: the same images as many jobs at once and as one job, how fast
// its status answers meanwhile, and many tiny jobs one after another. `npm run bench:serve`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

const JOBS = Number(process.env.JOBS ?? 200);
const TINY = Number(process.env.TINY ?? 10_000);
const BIN = fileURLToPath(new URL('../../bin/imgjob.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'imgjob-bench-'));
const env = { PATH: process.env.PATH, HOME: folder };
const images = await startServer(folder);

/** Ten stores of ten images, of which no other job has one. */
const storesOf = (job) =>
  Array.from({ length: 10 }, (_, store) => ({
    store_id: `J${job}-S${store}`,
    images: Array.from(
      { length: 10 },
      (__, n) => `${images.address}/small/${job}-${store}-${n}.jpg`,
    ),
  }));
const every = Array.from({ length: JOBS }, (_, job) => storesOf(job));

/** Milliseconds that one run of all images takes. */
async function runAll() {
  const manifest = join(folder, 'all.json');
  writeFileSync(manifest, JSON.stringify({ job_id: 'all', stores: every.flat() }));
  const out = join(folder, 'out.json');
  const args = ['run', '-q', '--sleep', '0', '--state-dir', join(folder, 'run'), '-o', out];
  await once(spawn(process.execPath, [BIN, ...args, manifest], { env }), 'close');
  return JSON.parse(readFileSync(out, 'utf8')).duration_ms;
}

async function startService() {
  const options = ['--port', '0', '--no-deny-private', '--sleep', '0'];
  const args = [BIN, 'serve', ...options, '--state-dir', join(folder, 'serve')];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const url = await new Promise((resolve) => {
    child.stderr.on('data', (text) => {
      said = `${said}${text}`.slice(0, 1000);
      const [, found] = /listening on (http:[^"]+)/.exec(said) ?? [];
      if (found) resolve(`${found}/api/v1/jobs`);
    });
  });
  const megabytes = () =>
    Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1000,
    );
  return { url, child, megabytes };
}

async function submit(url, stores) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ stores }) });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()).job_id;
}

/** All jobs at once; asks how one of them stands until all are done. */
async function serveAll({ url }) {
  const begun = performance.now();
  const ids = await Promise.all(every.map((stores) => submit(url, stores)));
  const submitted_ms = performance.now() - begun;
  const latencies = [];
  for (let left = 1; left > 0; await delay(20)) {
    const asked = performance.now();
    await (await fetch(`${url}/${ids[latencies.length % ids.length]}`)).text();
    latencies.push(performance.now() - asked);
    const { jobs } = await (await fetch(`${url}?status=ongoing&limit=1`)).json();
    left = jobs.length;
  }
  const total_ms = performance.now() - begun;
  latencies.sort((a, b) => a - b);
  const percentile = (share) => latencies[Math.floor((latencies.length - 1) * share)];
  return { submitted_ms, total_ms, p50: percentile(0.5), p99: percentile(0.99) };
}

const print = (name, value) => process.stdout.write(`${name.padEnd(52)} ${value}\n`);

try {
  const alone_ms = await runAll();
  const service = await startService();
  const before = service.megabytes();
  const { submitted_ms, total_ms, p50, p99 } = await serveAll(service);
  const count = JOBS * 100;
  print(`${count} images, one run`, `${Math.round(count / (alone_ms / 1000))} images/s`);
  print(`the same as ${JOBS} jobs at once`, `${Math.round(count / (total_ms / 1000))} images/s`);
  print('share of the run’s speed (≥ 0.8)', (alone_ms / total_ms).toFixed(2));
  print('all submitted after', `${Math.round(submitted_ms)} ms`);
  print(
    'status while busy, p50 (≤ 20) and p99 (≤ 200)',
    `${p50.toFixed(1)} and ${p99.toFixed(1)} ms`,
  );
  print('memory before and after', `${before} and ${service.megabytes()} MB`);
  const begun = performance.now();
  for (let n = 0; n < TINY; n += 1) {
    const url = `${images.address}/small/tiny-${n}.jpg`;
    await submit(service.url, [{ store_id: 'S', images: [url] }]);
    if (n % Math.ceil(TINY / 5) === 0)
      print(`memory after ${n} tiny jobs`, `${service.megabytes()} MB`);
  }
  print(
    `${TINY} tiny jobs`,
    `${Math.round(TINY / ((performance.now() - begun) / 1000))} submits/s`,
  );
  print('memory after them', `${service.megabytes()} MB`);
  service.child.kill();
  await once(service.child, 'close');
} finally {
  images.stop();
  rmSync(folder, { recursive: true, force: true });
}

// npm run bench: imgjob beside the barest loops and beside what else is installed, on loopback, as ratios
// of one run. Prints a table, and writes it to bench.json (or the file that is named).
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBatches } from './batches.mjs';
import { at, BIN, inTurns, median, time, watched, writeManifest } from './compare.mjs';
import { measureHttps } from './https.mjs';
import { measureInternet } from './internet.mjs';
import { measureKeeping } from './keep.mjs';
import { has, onCore, startServer } from './server.mjs';
import { formatRow, row } from './table.mjs';

const CAP = '50';
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const SHARE = Number(process.env.SHARE ?? 1);
const folder = mkdtempSync(join(tmpdir(), 'imgjob-bench-'));
const file = (name) => join(folder, name);
/** aria2c always writes files: into memory where it can. */
const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'imgjob-bench-'));
const node = process.execPath;
const rows = [];

/** Adds a row, and prints it at once: the whole takes minutes. */
function add(...parts) {
  const made = row(...parts);
  rows.push(made);
  console.log(formatRow(made));
}

function addAll(made) {
  rows.push(...made);
  for (const one of made) console.log(formatRow(one));
}

const imgjob = (manifest, sleep = '0', more = ['--state-dir', file('state')]) => [
  ...[node, BIN, 'run', '-c', CAP, '--sleep', sleep, '--progress', 'none'],
  ...[...more, '-o', file('out.json'), manifest],
];

/** The other programs on the same URLs, where they are installed; what they fetch is thrown away. */
function others(name, urls) {
  const list = file(`${name}.txt`);
  writeFileSync(list, urls.join('\n'));
  writeFileSync(file(`${name}.curl`), urls.map((url) => `url=${url}\noutput=/dev/null\n`).join(''));
  const aria = urls.map((url, index) => `${url}\n  out=${index % 500}`);
  writeFileSync(file(`${name}.aria2`), aria.join('\n'));
  const commands = {
    curl: ['curl', '-s', '--parallel', '--parallel-max', CAP, '-K', file(`${name}.curl`)],
    wget2: ['wget2', '-q', '--max-threads', CAP, '-O', '/dev/null', '-i', list],
    aria2c: [
      ...['aria2c', '-q', '-j', CAP, '--allow-overwrite=true', '--file-allocation=none'],
      ...['-d', memory, '-i', file(`${name}.aria2`)],
    ],
  };
  return Object.fromEntries(Object.entries(commands).filter(([program]) => has(program)));
}

async function throughput(address, size, stores, aims) {
  const images = 100;
  const url = (store, image) => `${address}/${size}/${store}/${image}.jpg`;
  const manifest = writeManifest(file(`${size}.json`), stores, () => images, url);
  const urls = JSON.parse(readFileSync(manifest, 'utf8')).stores.flatMap((store) => store.images);
  const { curl, ...slower } = others(size, urls);
  const commands = {
    imgjob: imgjob(manifest),
    'request loop': [node, at('request-loop.mjs'), manifest, CAP],
    'dispatch loop': [node, at('dispatch-loop.mjs'), manifest, CAP],
    ...(curl ? { curl } : {}),
  };
  const found = await inTurns(commands, ROUNDS);
  for (const [name, command] of Object.entries(slower)) {
    const { ms, code } = await time(onCore(1, command));
    if (code === 0) found[name] = { ms, ratio: ms / found.imgjob.ms };
  }
  const total = urls.length;
  const perSecond = ({ ms }) => Math.round((total * 1000) / ms);
  const bytes = size === 'small' ? '24 kB' : '1 MB';
  const what = `${total.toLocaleString('en')} images of ${bytes}, cap ${CAP}, sleep 0`;
  add(what, 'imgjob', `${perSecond(found.imgjob).toLocaleString('en')} images/s`);
  for (const [name, { ms, ratio }] of Object.entries(found)) {
    if (name === 'imgjob') continue;
    const rate = `${perSecond({ ms }).toLocaleString('en')} images/s`;
    add(what, `imgjob over ${name} (${rate})`, ratio, aims[name], 'least');
  }
}

/** How well the slots are kept busy: a few long stores among many short ones. */
async function makespan(address) {
  const longest = Math.round(500 * SHARE);
  const stores = Math.round(4000 * SHARE);
  const manifest = writeManifest(
    file('uneven.json'),
    stores,
    (store) => (store % Math.ceil(stores / 4) === 7 ? longest : 5),
    (store, image) => `${address}/small/${store}/${image}.jpg`,
  );
  await time(onCore(1, imgjob(manifest, '100ms')));
  const { stores: results, duration_ms } = JSON.parse(readFileSync(file('out.json'), 'utf8'));
  const work = results.map(({ images }) => images.reduce((sum, one) => sum + one.duration_ms, 0));
  const total = work.reduce((sum, ms) => sum + ms, 0);
  const bound = Math.max(...work, total / Number(CAP));
  const what = `${stores} stores, 4 of ${longest} images and the others of 5, sleep 100 ms`;
  add(what, 'time over the lower bound', duration_ms / bound, 1.02, 'most', 3);
}

async function prefetch() {
  const { serve, makeImages } = await import('./server.mjs');
  const slow = await serve(await makeImages());
  const url = (store, image) => `${slow.address}/small/${store}/${image}.jpg?ms=100`;
  const manifest = writeManifest(file('slow.json'), 20, () => 30, url);
  const state = ['--no-state'];
  const found = await inTurns(
    {
      without: imgjob(manifest, '100ms', state),
      with: imgjob(manifest, '100ms', [...state, '--prefetch']),
    },
    3,
  );
  slow.stop();
  add('latency 100 ms, sleep 100 ms', '--prefetch over without', found.with.ratio, 0.6, 'most');
}

async function startUp() {
  writeFileSync(file('empty.json'), '{"stores":[]}');
  const found = await inTurns(
    {
      'node -e 0': [node, '-e', '0'],
      'imgjob --version': [node, BIN, '--version'],
      'imgjob --help': [node, BIN, '--help'],
      'imgjob run of an empty manifest': imgjob(file('empty.json')),
    },
    15,
  );
  const aims = [2, 2, 3];
  for (const [index, name] of Object.keys(found).slice(1).entries()) {
    add('start-up', `${name} over node -e 0`, found[name].ratio, aims[index], 'most');
  }
}

async function manifests() {
  const url = (store, image) =>
    `https://cdn.example/stores/${String(store).padStart(5, '0')}/photos/2026-03-01/shelf-front-image-${image}.jpg`;
  const manifest = writeManifest(file('million.json'), 10_000, () => 100, url);
  const parse = `JSON.parse(require('fs').readFileSync(${JSON.stringify(manifest)}, 'utf8'))`;
  const found = await inTurns(
    { parse: [node, '-e', parse], validate: [node, BIN, 'validate', manifest] },
    7,
  );
  const ratio = found.validate.ratio;
  add('a manifest of 1,000,000 URLs', 'imgjob validate over JSON.parse', ratio, 1.7, 'most');
}

async function https() {
  const stores = Math.round(200 * SHARE);
  addAll(await measureHttps(folder, { rounds: ROUNDS, stores }));
}

async function batches() {
  addAll(await measureBatches(folder, { rounds: ROUNDS, images: Math.round(20 * SHARE) }));
}

/** It prints its own rows, in a network namespace. */
async function internet() {
  rows.push(...(await measureInternet(folder, Math.min(3, ROUNDS))));
}

/** The job's own images a second, with a journal and without. */
async function journal(address) {
  const url = (store, image) => `${address}/small/${store}/${image}.jpg`;
  const manifest = writeManifest(file('journal.json'), 500, () => 100, url);
  const rate = async (state) => {
    await time(onCore(1, imgjob(manifest, '0', state)));
    return 1 / JSON.parse(readFileSync(file('out.json'), 'utf8')).duration_ms;
  };
  const ratios = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const kept = await rate(['--state-dir', file('journal')]);
    ratios.push(kept / (await rate(['--no-state'])));
  }
  add('50,000 images of 24 kB', 'with a journal over without', median(ratios), null, 'least');
}

async function concurrency(address) {
  const url = (store, image) => `${address}/small/${store}/${image}.jpg`;
  const manifest = writeManifest(file('wide.ndjson'), 10_000, () => 20, url);
  const args = ['run', '-c', '10000', '--progress', 'none', '--state-dir', file('state')];
  const { ms, delay_p99_ms } = await watched([...args, '-o', file('out.json'), manifest], folder);
  const what = '10,000 stores at once, sleep 400 ms';
  add(what, 'imgjob', `${Math.round(200_000_000 / ms).toLocaleString('en')} images/s`);
  add(what, 'event-loop delay, p99, ms', delay_p99_ms, 50, 'most', 0);
}

/** What there is to be measured; `ONLY=start-up` and the like is one of them alone. */
const PARTS = {
  small: ({ address }) =>
    throughput(address, 'small', Math.round(1000 * SHARE), {
      'request loop': 1,
      'dispatch loop': 0.7,
      curl: 0.5,
    }),
  large: ({ address }) =>
    throughput(address, 'large', Math.round(50 * SHARE), { 'dispatch loop': 0.9 }),
  keeping: ({ address }) =>
    measureKeeping(
      { address, folder, into: memory, rounds: ROUNDS, stores: Math.round(500 * SHARE) },
      add,
    ),
  journal: ({ address }) => journal(address),
  makespan: ({ address }) => makespan(address),
  prefetch,
  batches,
  concurrency: ({ address }) => concurrency(address),
  https,
  internet,
  'start-up': startUp,
  manifests,
};

const { ONLY = '' } = process.env;
if (ONLY !== '' && !(ONLY in PARTS)) throw new Error(`ONLY is one of: ${Object.keys(PARTS)}`);
const server = await startServer(folder);
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}, ${server.name}`;
console.log(machine);
try {
  for (const [name, measure] of Object.entries(PARTS)) {
    if (ONLY === '' || ONLY === name) await measure(server);
  }
} finally {
  server.stop();
  rmSync(folder, { recursive: true });
  rmSync(memory, { recursive: true });
}
writeFileSync(process.argv[2] ?? 'bench.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);

// A run as on the internet: many hosts with names, TLS on half of them, each with a latency of its own, some dead,
// some with a silent name server, some busy at first. In a network namespace (Linux, as root); a message elsewhere.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificate } from './certificate.mjs';
import { at, BIN, median, time } from './compare.mjs';
import { has, makeImages, onCore } from './server.mjs';
import { formatRow, row } from './table.mjs';

const CAP = 50;
const LIMITS_S = 2;
const IMAGES = 4;
/** Nothing answers at 10.8.0.0/16. */
const SET_UP = `ip link set lo up && ip addr add 10.8.255.1/32 dev lo && ip route add 10.8.0.0/16 dev lo &&
mount --bind "$1" /etc/resolv.conf && shift && exec "$@"`;

/** The rows of such a run; none where no namespace can be made. `rounds`: how often it is measured beside others. */
export async function measureInternet(folder, rounds) {
  if (spawnSync('unshare', ['-n', '-m', 'ip', 'link', 'set', 'lo', 'up']).status !== 0) {
    console.log('internet-like run: skipped, it takes network namespaces (Linux, as root)');
    return [];
  }
  const resolv = join(folder, 'resolv.conf');
  writeFileSync(resolv, 'nameserver 127.0.0.1\n');
  const self = [process.execPath, fileURLToPath(import.meta.url), folder, String(rounds)];
  execFileSync('unshare', ['-n', '-m', 'sh', '-c', SET_UP, 'sh', resolv, ...self], {
    stdio: 'inherit',
  });
  return JSON.parse(readFileSync(join(folder, 'internet-rows.json'), 'utf8'));
}

/** The same numbers each time (Park and Miller). */
function createRandom() {
  let state = 42;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** 500 hosts: latencies of 20 to 800 ms, the short ones more often; 2 % dead, 1 % with a silent name. */
function internetHosts(count = 500) {
  const random = createRandom();
  return Array.from({ length: count }, (_, index) => {
    const isSwallowed = index % 100 === 17;
    const isRefused = index % 100 === 57;
    const isSilent = index % 100 === 83;
    return {
      name: `h${index}.internet.test`,
      address: isSwallowed ? `10.8.1.${index / 100 + 1}` : `127.10.${index >> 8}.${index & 255}`,
      origin: originOf(`h${index}.internet.test`, index % 2 === 1, isRefused),
      lag_ms: Math.round(5 + 95 * random()),
      latency_ms: Math.round(20 * 40 ** random()),
      busy: Array.from({ length: IMAGES }, (__, image) => `/${image}.jpg`).filter(
        () => random() < 0.03,
      ),
      silent: isSilent,
      fails: isSwallowed || isRefused ? 'connect' : isSilent ? 'dns' : null,
    };
  });
}

function originOf(name, isSecure, isRefused) {
  return `${isSecure ? 'https' : 'http'}://${name}${isRefused ? ':81' : ''}`;
}

const [, self = '', folder = '', rounds = '3'] = process.argv;
const file = (name) => join(folder, name);

/** What the programs are given: a manifest, and lists of the same URLs. */
function writeLists(name, hosts, images) {
  const urlsOf = ({ origin }) =>
    Array.from({ length: images }, (_, image) => `${origin}/${image}.jpg`);
  const stores = hosts.map((host) => ({ store_id: host.name, images: urlsOf(host) }));
  const urls = stores.flatMap((store) => store.images);
  writeFileSync(file(`${name}.json`), JSON.stringify({ stores }));
  writeFileSync(file(`${name}.curl`), urls.map((url) => `url=${url}\noutput=/dev/null\n`).join(''));
  const aria = urls.map((url, index) => `${url}\n  out=${index % 500}`);
  writeFileSync(file(`${name}.aria2`), aria.join('\n'));
}

function commandsOf(name, cap, sleep = '0') {
  const ca = file('internet.pem');
  const imgjob = [
    ...[process.execPath, BIN, 'run', '--no-state', '-c', String(cap), '--sleep', sleep],
    ...['--connect-timeout', `${LIMITS_S}s`, '--dns-timeout', `${LIMITS_S}s`, '--cacert', ca],
    ...['--progress', 'none', '-o', file('internet-out.json'), file(`${name}.json`)],
  ];
  const curl = [
    ...['curl', '-s', '--parallel', '--parallel-max', String(cap), '--cacert', ca],
    ...['--connect-timeout', String(LIMITS_S), '--retry', '2', '-K', file(`${name}.curl`)],
  ];
  const aria2c = [
    ...['aria2c', '-q', '-j', String(cap), '-x', '1', `--ca-certificate=${ca}`],
    ...[`--connect-timeout=${LIMITS_S}`, '--max-tries=3', '--retry-wait=1'],
    ...['--allow-overwrite=true', '--file-allocation=none', '-d', folder],
    ...['-i', file(`${name}.aria2`)],
  ];
  return { imgjob, ...(has('curl') ? { curl } : {}), ...(has('aria2c') ? { aria2c } : {}) };
}

/** Runs a command against new servers; answers its milliseconds. Its exit code says that something failed, as it must. */
async function timeOn(plan, command) {
  const [program, ...args] = onCore(0, [process.execPath, at('internet-servers.mjs'), plan]);
  const servers = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(servers, 'message');
  const { ms } = await time(onCore(1, command));
  servers.disconnect();
  await once(servers, 'exit');
  return ms;
}

const readResults = () => JSON.parse(readFileSync(file('internet-out.json'), 'utf8'));

/** What failed must be what should: throws for anything else. */
function checkFailures(hosts) {
  const { stores } = readResults();
  const wrong = stores.filter(({ error }, index) => (error?.code ?? null) !== hosts[index].fails);
  if (wrong.length === 0) return hosts.filter(({ fails }) => fails !== null).length;
  const first = wrong.slice(0, 5).map(({ store_id, error }) => `${store_id}: ${error?.message}`);
  throw new Error(`${wrong.length} stores ended as they should not: ${first.join('; ')}`);
}

/**
 * The time of the run over two bounds from its own durations: what no order of
 * the stores can go below (the longest store, all of them over the cap), and
 * what their order makes of them where no slot is ever idle.
 */
function overBounds() {
  const { stores, duration_ms } = readResults();
  const work = stores.map(({ images }) =>
    images.reduce((sum, image) => sum + (image.duration_ms ?? 0), 0),
  );
  const total = work.reduce((sum, ms) => sum + ms, 0);
  const slots = Array(CAP).fill(0);
  for (const ms of work) slots[slots.indexOf(Math.min(...slots))] += ms;
  const lower = duration_ms / Math.max(...work, total / CAP);
  return { lower, inOrder: duration_ms / Math.max(...slots) };
}

const rows = [];
function add(...parts) {
  const made = row(...parts);
  rows.push(made);
  console.log(formatRow(made));
}

function addBounds(what, bounds) {
  const lower = median(bounds.map((one) => one.lower));
  add(what, 'time over the lower bound of any order', lower);
  const inOrder = median(bounds.map((one) => one.inOrder));
  add(what, 'time over the lower bound of this order', inOrder, 1.05, 'most');
}

async function internetLike(image, certificate) {
  const hosts = internetHosts();
  const plan = file('internet-plan.json');
  writeFileSync(plan, JSON.stringify({ hosts, image, ...certificate }));
  writeLists('internet', hosts, IMAGES);
  const what = `${hosts.length} hosts with names, TLS on half, 20 to 800 ms, cap ${CAP}`;
  const times = {};
  const bounds = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [name, command] of Object.entries(commandsOf('internet', CAP))) {
      times[name] = [...(times[name] ?? []), await timeOn(plan, command)];
      if (name === 'imgjob') {
        checkFailures(hosts);
        bounds.push(overBounds());
      }
    }
  }
  const { imgjob, ...others } = times;
  addBounds(`${what}, sleep 0`, bounds);
  for (const [name, ms] of Object.entries(others)) {
    const ratio = median(ms.map((one, index) => imgjob[index] / one));
    add(`${what}, sleep 0`, `time over ${name}’s (${seconds(median(ms))})`, ratio);
  }
  await timeOn(plan, commandsOf('internet', CAP, '400ms').imgjob);
  const failed = checkFailures(hosts);
  addBounds(`${what}, sleep 400 ms`, [overBounds()]);
  add(`${what}, sleep 400 ms`, 'stores that failed', `${failed}, those that are dead or silent`);
}

/** Names alone: as many look-ups as hosts. */
async function lookUps(image, certificate) {
  const hosts = Array.from({ length: 1000 }, (_, index) => ({
    ...{ name: `n${index}.internet.test`, address: `127.11.${index >> 8}.${index & 255}` },
    ...{ origin: `http://n${index}.internet.test`, lag_ms: 100, fails: null },
  }));
  const plan = file('names-plan.json');
  writeFileSync(plan, JSON.stringify({ hosts, image, ...certificate }));
  writeLists('names', hosts, 1);
  const { imgjob, curl } = commandsOf('names', 200);
  if (!curl) return;
  const ratios = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const ms = await timeOn(plan, imgjob);
    checkFailures(hosts);
    ratios.push(ms / (await timeOn(plan, curl)));
  }
  const what = '1,000 hosts, 100 ms a look-up, cap 200';
  add(what, 'time over curl’s', median(ratios), 1.3, 'most');
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

if (self === fileURLToPath(import.meta.url)) {
  const { small } = await makeImages();
  const certificate = makeCertificate(file('internet'), 'DNS:*.internet.test');
  const image = small.toString('base64');
  await internetLike(image, certificate);
  await lookUps(image, certificate);
  writeFileSync(file('internet-rows.json'), JSON.stringify(rows));
}

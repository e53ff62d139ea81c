// Whole processes against one another: in turns, so that a machine that slows down slows all of them.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCore } from './server.mjs';

export const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export const BIN = at('../../bin/imgjob.js');
const MONITOR = at('monitor.mjs');

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/**
 * What every program gets of the environment. One more variable can hide what is to be measured: with
 * NODE_EXTRA_CA_CERTS each start of Node.js takes three times as long.
 */
const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME };

/** Runs a command on the clients' core; answers its milliseconds and exit code. */
export function time([program, ...args], stdio = 'ignore') {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { stdio, env: ENVIRONMENT });
    child.once('error', reject);
    child.once('close', (code) => resolve({ ms: performance.now() - began, code }));
  });
}

/**
 * Runs commands in turns, so many rounds after one that is not counted. Answers
 * the median milliseconds of each, and of each the median over the rounds of
 * how its time compares with that of the first.
 */
export async function inTurns(commands, rounds) {
  const names = Object.keys(commands);
  const times = [];
  for (let round = 0; round <= rounds; round += 1) {
    const row = {};
    for (const name of names) {
      const { ms, code } = await time(onCore(1, commands[name]));
      if (code !== 0) throw new Error(`${commands[name].join(' ')} ended with ${code}`);
      row[name] = ms;
    }
    if (round > 0) times.push(row);
  }
  const [first] = names;
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        ms: median(times.map((row) => row[name])),
        ratio: median(times.map((row) => row[name] / row[first])),
      },
    ]),
  );
}

/** Runs imgjob and answers what monitor.mjs saw: peak memory, processor time, event-loop delay. */
export async function watched(args, folder) {
  const out = join(folder, 'monitor.json');
  writeFileSync(out, '');
  const command = [process.execPath, '--import', `${MONITOR}?${out}`, BIN, ...args];
  const { ms, code } = await time(onCore(1, command));
  return { ms, code, ...JSON.parse(readFileSync(out, 'utf8')) };
}

/** Writes a manifest of so many stores, each with as many images as `imagesOf` says. */
export function writeManifest(path, stores, imagesOf, urlOf) {
  const lines = Array.from({ length: stores }, (_, store) =>
    JSON.stringify({
      store_id: `S${store}`,
      images: Array.from({ length: imagesOf(store) }, (__, image) => urlOf(store, image)),
    }),
  );
  const text = path.endsWith('.ndjson') ? lines.join('\n') : `{"stores":[${lines.join(',')}]}`;
  writeFileSync(path, text);
  return path;
}

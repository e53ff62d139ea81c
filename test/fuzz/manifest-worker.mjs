// Reads manifests one after another and posts what is wrong with an answer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { parseTarget } from '../../dist/download/target.js';
import { ImgjobError } from '../../dist/errors.js';
import { readManifest } from '../../dist/manifest/read.js';
import { manifestInput } from './manifest-inputs.mjs';

const JOB_ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const STDIN_ONE_IN = 4;

const { seed, from, inputs, current } = workerData;
const folder = mkdtempSync(join(tmpdir(), 'imgjob-fuzz-reading-'));
const counts = { manifests: 0, problems: 0, errors: 0 };

async function* inTurn(chunks) {
  yield* chunks;
}

function checkUrl(url) {
  const target = parseTarget(url);
  return 'code' in target ? `${target.code}: ${target.message}` : null;
}

/** What comes out, as one comparable value; whatever must not come out is thrown. */
async function read(path, input) {
  const options = {
    format: input.name.endsWith('.ndjson') ? 'ndjson' : 'json',
    job_id: null,
    now: () => 0,
    random: () => 0.5,
    ...(input.checksUrls ? { checkUrl } : {}),
  };
  try {
    const outcome = await readManifest({ path, stdin: inTurn(input.chunks) }, options);
    return 'problems' in outcome ? problemsOf(outcome.problems, input) : await manifestOf(outcome);
  } catch (error) {
    if (!(error instanceof ImgjobError)) throw error;
    counts.errors += 1;
    return { error: error.code };
  }
}

async function manifestOf({ manifest, warnings }) {
  counts.manifests += 1;
  const { job_id, store_count, image_counts } = manifest;
  ensure(JOB_ID.test(job_id), `the job id is ${job_id}`);
  ensure(image_counts.length === store_count, 'there are not as many counts as stores');
  const stores = [];
  for (let position = 0; position < store_count; position += 1) {
    const store = await manifest.store(position);
    const isStore = typeof store.store_id === 'string' && store.store_id !== '';
    ensure(isStore, `the id of store ${position} is ${store.store_id}`);
    ensure(
      store.images.length === image_counts[position],
      `the count of store ${position} is wrong`,
    );
    ensure(
      store.images.every((url) => typeof url === 'string'),
      'an image is no string',
    );
    stores.push(store);
  }
  for (const warning of warnings) ensureSafe(warning);
  await manifest.close();
  return { job_id, stores, warnings };
}

function problemsOf(problems, { bytes }) {
  counts.problems += 1;
  ensure(problems.length > 0, 'there are no problems and no manifest');
  const lines = bytes.toString().split('\n');
  let last = { line: 1, column: 0 };
  for (const { line, column, path, message } of problems) {
    const place = `${line}:${column}`;
    const length = lines[line - 1]?.length;
    ensure(length !== undefined && column >= 1 && column <= length + 1, `${place} is no place`);
    const isInOrder = line > last.line || (line === last.line && column >= last.column);
    ensure(isInOrder, `${place} comes after ${last.line}:${last.column}`);
    ensure(message !== '' && message.length < 1000, `the message is ${message.length} long`);
    ensureSafe(path);
    ensureSafe(message);
    last = { line, column };
  }
  return { problems: problems.map(({ file: _, ...rest }) => rest) };
}

function ensureSafe(text) {
  ensure(!UNSAFE.test(text) && text.isWellFormed(), `unsafe text ${JSON.stringify(text)}`);
}

function ensure(holds, what) {
  if (!holds) throw new Error(what);
}

async function check(number) {
  const input = manifestInput(seed, number);
  const path = join(folder, input.name);
  writeFileSync(path, input.bytes);
  const fromFile = JSON.stringify(await read(path, input));
  if (number % STDIN_ONE_IN !== 0) return;
  const fromPipe = JSON.stringify(await read('-', input));
  ensure(fromFile === fromPipe, `from a file ${fromFile}, from a pipe ${fromPipe}`);
}

for (let number = from; number < inputs; number += 1) {
  Atomics.store(current, 0, number);
  try {
    await check(number);
  } catch (error) {
    parentPort.postMessage({ kind: 'finding', number, what: String(error.stack).slice(0, 2000) });
  }
}
rmSync(folder, { recursive: true });
parentPort.postMessage({ kind: 'end', counts });

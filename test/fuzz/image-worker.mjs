// Measures inputs one after another and posts what is wrong with an answer.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { createMeasurer } from '../../dist/measure/measure.js';
import { imageInput } from './image-inputs.mjs';

const MAX_MS = 250;
const MAX_SIDE = 2 ** 31 - 1;
/** A measurer says that it keeps 64 KiB; twice that for a window that is being doubled, and some objects. */
const MAX_KEPT = 400_000;
const MAX_LEAK = 24 * 2 ** 20;
const LEAK_EVERY = 20_000;
const CODES = new Set(['corrupt-image', 'unsupported-format', 'empty-body', 'no-dimensions']);
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

setFlagsFromString('--expose-gc');
const collectOnce = runInNewContext('gc');
const { seed, from, inputs, current } = workerData;
const slowest = {};
const outcomes = {};

/** Twice: what the first collection finds unused outside of the heap is counted until the second. */
function collect() {
  collectOnce();
  collectOnce();
}

function measure(chunks, hint) {
  const measurer = createMeasurer(hint);
  const began = performance.now();
  for (const chunk of chunks) measurer.push(chunk);
  const answer = measurer.end();
  return { answer, ms: performance.now() - began };
}

/** What is kept between the last push and the end. */
function keptBytes(chunks, hint) {
  collect();
  const before = memory();
  const measurer = createMeasurer(hint);
  for (const chunk of chunks) measurer.push(chunk);
  collect();
  const kept = memory() - before;
  measurer.end();
  return kept;
}

/** What is kept is kept each time; what is more only once is code that was compiled meanwhile. */
function leastKept(chunks, hint) {
  let least = keptBytes(chunks, hint);
  for (let again = 0; least > MAX_KEPT && again < 2; again += 1) {
    least = Math.min(least, keptBytes(chunks, hint));
  }
  return least;
}

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The shortest of three: other work on the machine must not decide. */
function timeOf(chunks, hint) {
  return Math.min(...Array.from({ length: 3 }, () => measure(chunks, hint).ms));
}

function faultIn(answer) {
  if ('code' in answer) {
    if (!CODES.has(answer.code)) return `the code is ${answer.code}`;
    const isSafe =
      answer.message !== '' && answer.message.length < 200 && !UNSAFE.test(answer.message);
    return isSafe ? null : `the message is ${JSON.stringify(answer.message)}`;
  }
  const isSide = (side) => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;
  return isSide(answer.width) && isSide(answer.height) ? null : `answers ${show(answer)}`;
}

function show(answer) {
  return JSON.stringify(answer, (_, value) => (typeof value === 'number' ? String(value) : value));
}

function check(number) {
  const { format, bytes, isLarge, hint, chunks } = imageInput(seed, number);
  const { answer, ms } = measure([bytes], hint);
  const inPieces = measure(chunks, hint);
  const outcome = 'code' in answer ? answer.code : answer.format;
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  noteTime(format, number, Math.max(ms, inPieces.ms), bytes, hint);

  const wrong = faultIn(answer);
  if (wrong) return wrong;
  if (show(answer) !== show(inPieces.answer)) {
    return `depends on the chunks: ${show(answer)} and ${show(inPieces.answer)}`;
  }
  for (const [cuts, first] of [
    [[bytes], ms],
    [chunks, inPieces.ms],
  ]) {
    const time = first > MAX_MS ? timeOf(cuts, hint) : 0;
    if (time > MAX_MS) return `takes ${Math.round(time)} ms for ${bytes.length} bytes`;
  }
  const kept = isLarge ? leastKept(chunks, hint) : 0;
  return kept > MAX_KEPT ? `keeps ${kept} bytes of ${bytes.length}` : null;
}

function noteTime(format, number, ms, bytes, hint) {
  const known = slowest[format];
  if (known && known.ms >= ms) return;
  // Twice, since the first may have been compiling or collecting.
  const again = ms > 1 ? Math.min(ms, measure([bytes], hint).ms) : ms;
  if (!known || again > known.ms) slowest[format] = { ms: again, number, length: bytes.length };
}

let baseline = null;
for (let number = from; number < inputs; number += 1) {
  Atomics.store(current, 0, number);
  let what = null;
  try {
    what = check(number);
  } catch (error) {
    what = `throws ${error.stack}`;
  }
  if (what !== null) parentPort.postMessage({ kind: 'finding', number, what });
  if ((number - from) % LEAK_EVERY === LEAK_EVERY - 1) {
    collect();
    baseline ??= memory();
    const leaked = memory() - baseline;
    if (leaked > MAX_LEAK)
      parentPort.postMessage({ kind: 'finding', number, what: `leaks ${leaked} bytes` });
  }
}
parentPort.postMessage({ kind: 'end', slowest, outcomes });

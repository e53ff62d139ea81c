import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { WorkError } from '../job/effects.ts';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';
import { outputJson } from './output.ts';

/** What runs in a thread: loads a module, and does its work on one image after another. */

/** So much may be logged of one image: whoever is told waits for none of it. */
const MAX_LINES = 1000;
const MAX_LINE_LENGTH = 1000;

type Work = (image: unknown, context: unknown) => unknown;

const { module }: ThreadStart = workerData;
const tell = (message: FromThread) => parentPort?.postMessage(message);

let stop = new AbortController();
const work = await load();
if (work) {
  parentPort?.on('message', (message: ToThread) => {
    if (message.type === 'stop') stop.abort();
    else void runOn(work, message);
  });
  tell({ type: 'ready' });
}

async function load(): Promise<Work | null> {
  try {
    const { default: exported }: { default?: unknown } = await import(module);
    const found = isWork(exported) ? exported : innerDefault(exported);
    if (isWork(found)) return found;
    const message = 'its default export is not a function';
    tell({ type: 'unusable', reason: 'not-a-function', message, stack: '' });
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'syntax-error' : 'load-failed';
    tell({ type: 'unusable', reason, ...told(error) });
  }
  return null;
}

/** Of a CommonJS module that was compiled from an ES module. */
function innerDefault(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null || !('default' in exported)) return null;
  return exported.default;
}

function isWork(value: unknown): value is Work {
  return typeof value === 'function';
}

async function runOn(
  work: Work,
  { image, body }: Extract<ToThread, { type: 'work' }>,
): Promise<void> {
  stop = new AbortController();
  const context = { signal: stop.signal, log: createLog() };
  try {
    const bytes = Buffer.from(body.buffer);
    const output = outputJson(await work({ ...image, bytes }, context));
    // A promise of its that was rejected meanwhile is told of before this image is done.
    await new Promise((resolve) => setImmediate(resolve));
    tell({ type: 'done', output });
  } catch (error) {
    const reason = error instanceof WorkError ? error.reason : 'threw';
    tell({ type: 'failed', reason, ...told(error) });
  }
}

function createLog() {
  let lines = 0;
  return (...values: unknown[]): void => {
    lines += 1;
    if (lines > MAX_LINES + 1) return;
    const text = values.map((value) => (typeof value === 'string' ? value : inspect(value)));
    const line = lines > MAX_LINES ? '… and more of this image' : text.join(' ');
    tell({ type: 'log', text: line.slice(0, MAX_LINE_LENGTH) });
  };
}

/** Anything may be thrown. */
function told(error: unknown): { message: string; stack: string } {
  const stack = error instanceof Error ? String(error.stack ?? '') : '';
  return { message: messageOf(error), stack };
}

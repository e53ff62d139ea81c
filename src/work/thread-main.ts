import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';
import { outputJson } from './output.ts';

/** What runs in a thread: loads a module, and does its work on one image after another. */

const { module }: ThreadStart = workerData;
const say = (message: FromThread) => parentPort?.postMessage(message);

let stop = new AbortController();
const work = await load();
if (work) {
  parentPort?.on('message', (message: ToThread) => {
    if (message.type === 'stop') stop.abort();
    else void runOn(work, message);
  });
  say({ type: 'ready' });
}

type Work = (image: unknown, context: unknown) => unknown;

async function load(): Promise<Work | null> {
  try {
    const { default: work }: { default?: unknown } = await import(module);
    if (isWork(work)) return work;
    say({ type: 'unusable', message: 'its default export is not a function', stack: '' });
  } catch (error) {
    say({ type: 'unusable', ...told(error) });
  }
  return null;
}

function isWork(value: unknown): value is Work {
  return typeof value === 'function';
}

async function runOn(
  work: Work,
  { image, body }: Extract<ToThread, { type: 'work' }>,
): Promise<void> {
  stop = new AbortController();
  const log = (...values: unknown[]) => {
    const texts = values.map((value) => (typeof value === 'string' ? value : inspect(value)));
    say({ type: 'log', text: texts.join(' ') });
  };
  try {
    const bytes = Buffer.from(body.buffer);
    const output = outputJson(await work({ ...image, bytes }, { signal: stop.signal, log }));
    say({ type: 'done', output });
  } catch (error) {
    say({ type: 'failed', ...told(error) });
  }
}

/** Anything may be thrown. */
function told(error: unknown): { message: string; stack: string } {
  if (error instanceof Error) return { message: error.message, stack: error.stack ?? '' };
  return { message: String(error), stack: '' };
}

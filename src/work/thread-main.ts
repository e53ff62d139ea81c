import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors.ts';
import { mayPass, WorkError } from '../job/effects.ts';
import { loadModule, type WorkModule } from './load-module.ts';
import type { FromThread, SentOutcome, ThreadStart, Told, ToThread } from './messages.ts';
import { outcomesOf, type Returned } from './outcomes.ts';
import { createVoices } from './voices.ts';

/** What runs in a thread: loads a module, and does its work on one call after another, or several at once. */

/** So long calls that were stopped are waited for before the module ends. */
const AT_REST_MS = 1000;
/** So long children of the module may take to end, which it may also mean to leave. */
const CHILDREN_MS = 300;
const LOOK_MS = 5;

type Call = Extract<ToThread, { type: 'work' }>;

const { place, batched, port }: ThreadStart = workerData;
keepToOurselves();
const tell = (message: FromThread) => port.postMessage(message);
const voices = createVoices((text) => tell({ type: 'log', call: null, text }));
process.on('exit', voices.end);

const calls = new Map<number, { stop: AbortController; ended: Promise<void> }>();
const module = await load();
if (module) {
  voices.end();
  port.on('message', (message: ToThread) => {
    if (message.type === 'close') void close(module);
    else if (message.type === 'stop') calls.get(message.call)?.stop.abort();
    else begin(module, message);
  });
  tell({ type: 'ready', traits: module.traits });
}

/** The module can't reach the port; and what it or a library in it posts to `parentPort` reaches nobody. */
function keepToOurselves(): void {
  for (const name of Object.keys(workerData)) delete workerData[name];
  if (parentPort) parentPort.postMessage = () => {};
}

async function load(): Promise<WorkModule | null> {
  try {
    return await loadModule(place);
  } catch (error) {
    tell({ type: 'unusable', told: told(error) });
    return null;
  }
}

function begin(module: WorkModule, call: Call): void {
  const stop = new AbortController();
  const ended = runOn(module, call, stop.signal).finally(() => calls.delete(call.call));
  calls.set(call.call, { stop, ended });
}

async function runOn(module: WorkModule, { call, images }: Call, signal: AbortSignal) {
  const voice = voices.createVoice((text) => tell({ type: 'log', call, text }));
  const given = images.map(({ image, body }) => ({ ...image, bytes: Buffer.from(body.buffer) }));
  const isBatch = batched || module.traits.batch !== null;
  try {
    const context = { signal, log: voice.log };
    const returned = await voice.run(() => module.work(isBatch ? given : given[0], context));
    const outcomes = outcomesOf(isBatch ? returned : [returned], images.length);
    // A promise of its that was rejected meanwhile is told of before this call is done.
    await new Promise((resolve) => setImmediate(resolve));
    voice.end();
    tell({ type: 'done', call, outcomes: outcomes.map(sent) });
  } catch (error) {
    voice.end();
    tell({ type: 'failed', call, told: told(error) });
  }
}

function sent(outcome: Returned): SentOutcome {
  return typeof outcome === 'string' ? { output: outcome } : { failed: told(outcome.failed) };
}

async function close(module: WorkModule): Promise<void> {
  tell({ type: 'closing' });
  const atRest = Promise.all(Array.from(calls.values(), ({ ended }) => ended));
  await Promise.race([atRest, new Promise((resolve) => setTimeout(resolve, AT_REST_MS))]);
  const failure = await closed(module);
  await childrenGone();
  voices.end();
  tell({ type: 'closed', told: failure });
}

/** Children that were told to end take a moment to: until then they are there for whoever looks. */
async function childrenGone(): Promise<void> {
  for (let ms = 0; ms < CHILDREN_MS && hasChildren(); ms += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function hasChildren(): boolean {
  return process.getActiveResourcesInfo().includes('ProcessWrap');
}

async function closed({ close }: WorkModule): Promise<Told | null> {
  try {
    await close();
    return null;
  } catch (error) {
    return told(error);
  }
}

/** Anything may be thrown. */
function told(error: unknown): Told {
  const reason = error instanceof WorkError ? error.reason : 'threw';
  const stack = error instanceof Error ? String(error.stack ?? '') : '';
  return { reason, message: messageOf(error), stack, retryable: mayPass(error) };
}

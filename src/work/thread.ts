import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker as Thread,
} from 'node:worker_threads';
import { onAbort } from '../abort.ts';
import { messageOf } from '../errors.ts';
import { WorkError, type WorkImage } from '../job/effects.ts';
import { afterRunning } from '../running-time.ts';
import { createClosing } from './closing.ts';
import { watchExit } from './exit.ts';
import type {
  FromThread,
  ModulePlace,
  SentImage,
  SentOutcome,
  ThreadStart,
  Told,
  ToThread,
  Traits,
} from './messages.ts';
import { type CallHooks, STOPPED, type WorkOutcome } from './work.ts';

/** So long work may take to notice that its time is over; then its thread is ended, whatever it does. */
const GRACE_MS = 2000;
/** The same where the job was stopped: somebody waits. */
const STOP_GRACE_MS = 100;

/** A thread with a module in it, which does the work of one call or of several at once. */
export type WorkThread = {
  /** Resolves when the module is loaded; rejects when it can't be used. */
  loaded: Promise<Traits>;
  isAlive(): boolean;
  /** How many calls it is at, and how many it has begun. */
  calls(): { now: number; begun: number };
  run(images: readonly WorkImage[], hooks: CallHooks): Promise<WorkOutcome[]>;
  /** Ends it: the module's own end first, where it has one. Answers what went wrong with that. */
  end(): Promise<string | null>;
};

export type ThreadOptions = {
  place: ModulePlace;
  /** Whether the module is given lists of images, whatever it says of itself. */
  batched: boolean;
  /** Milliseconds for the end of the module. */
  grace_ms: number;
  /** Called with each line that is not known to be of a call. */
  log(text: string): void;
  /** Whether the stack of what the work throws is logged as well. */
  debug: boolean;
};

type Call = {
  hooks: CallHooks;
  resolve(outcomes: WorkOutcome[]): void;
  reject(error: Error): void;
};

export function startThread(options: ThreadOptions): WorkThread {
  const { thread, port } = spawnThread(options);
  const exiting = watchExit(thread);
  const tell = (message: ToThread, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  const calls = new Map<number, Call>();
  const closing = createClosing({
    grace_ms: options.grace_ms,
    tellClose: () => tell({ type: 'close' }),
  });
  let begun = 0;
  let isAlive = true;
  let why: WorkError | null = null;
  let load: { resolve(traits: Traits): void; reject(error: Error): void };
  const loaded = new Promise<Traits>((resolve, reject) => {
    load = { resolve, reject };
  });
  let traits: Traits | null = null;

  function take(number: number): Call | undefined {
    const call = calls.get(number);
    calls.delete(number);
    return call;
  }

  function onMessage(message: FromThread): void {
    if (message.type === 'done' || message.type === 'failed') {
      onEnd(message);
    } else if (message.type === 'log') {
      const call = message.call === null ? undefined : calls.get(message.call);
      (call?.hooks.log ?? options.log)(message.text);
    } else if (message.type === 'ready') {
      traits = message.traits;
      load.resolve(traits);
    } else if (message.type === 'unusable') {
      load.reject(errorOf(message.told));
    } else if (message.type === 'closing') {
      closing.begun();
    } else {
      closing.ended(message.told?.message ?? null);
    }
  }

  /** A module can reach what is not its own: what makes no sense ends its thread, and no more. */
  function takeMessage(message: FromThread | null): void {
    try {
      if (message) onMessage(message);
    } catch (error) {
      why = new WorkError('thread-ended', `said what makes no sense: ${messageOf(error)}`);
      void thread.terminate();
    }
  }

  function onEnd(message: Extract<FromThread, { type: 'done' | 'failed' }>): void {
    const call = take(message.call);
    if (!call) return;
    try {
      if (message.type === 'failed') call.reject(failureOf(message.told, call));
      else call.resolve(message.outcomes.map((outcome) => outcomeOf(outcome, call)));
    } catch (cause) {
      // A module can change what is used to say it.
      call.reject(new WorkError('bad-output', 'what it returned is not JSON', { cause }));
    }
  }

  function failureOf(told: Told, call: Call): WorkError {
    if (options.debug) for (const line of told.stack.split('\n')) call.hooks.log(line);
    return errorOf(told);
  }

  function outcomeOf(sent: SentOutcome, call: Call): WorkOutcome {
    if ('output' in sent) return { output: JSON.parse(sent.output) };
    return { error: failureOf(sent.failed, call) };
  }

  port.on('message', takeMessage);
  thread.on('error', (error: unknown) => {
    const text = `threw outside of its work: ${messageOf(error)}`;
    why = new WorkError('thread-ended', text, { cause: error });
  });
  thread.on('exit', (code) => {
    // What it said last.
    for (let left = receive(port); left; left = receive(port)) takeMessage(left);
    port.close();
    isAlive = false;
    const error = why ?? endedBy(code);
    load.reject(error);
    closing.ended(why || code > 0 ? error.message : null);
    for (const number of [...calls.keys()]) take(number)?.reject(error);
  });

  function run(images: readonly WorkImage[], hooks: CallHooks): Promise<WorkOutcome[]> {
    if (!isAlive)
      return Promise.reject(why ?? new WorkError('thread-ended', 'its thread has ended'));
    begun += 1;
    const call = begun;
    const sent = images.map(sentImage);
    const worked = new Promise<WorkOutcome[]>((resolve, reject) => {
      calls.set(call, { hooks, resolve, reject });
    });
    let endGrace = () => {};
    const forget = onAbort(hooks.signal, () => {
      tell({ type: 'stop', call });
      const isStop = hooks.signal.reason === STOPPED && !traits?.closes;
      endGrace = afterRunning(isStop ? STOP_GRACE_MS : GRACE_MS, () => void end());
    });
    tell(
      { type: 'work', call, images: sent },
      sent.map(({ body }) => body.buffer),
    );
    return worked.finally(() => {
      endGrace();
      forget();
    });
  }

  /** Once: whoever asks again waits for the same end. */
  let ending: Promise<string | null> | null = null;
  function end(): Promise<string | null> {
    ending ??= endOnce();
    return ending;
  }

  async function endOnce(): Promise<string | null> {
    const failure = isAlive && traits?.closes ? await closing.run() : null;
    const isEnded = await exiting.end();
    return failure ?? (isEnded ? null : "its thread can't be ended: something in it blocks");
  }

  return {
    loaded,
    isAlive: () => isAlive && !ending,
    calls: () => ({ now: calls.size, begun }),
    run,
    end,
  };
}

function spawnThread({ place, batched }: ThreadOptions) {
  const { port1: port, port2 } = new MessageChannel();
  const workerData: ThreadStart = { place, batched, port: port2 };
  const thread = new Thread(new URL('./thread-main.js', import.meta.url), {
    // The options of this process hold in there too: --import, --require, --conditions, NODE_OPTIONS.
    ...{ workerData, transferList: [port2], argv: [] },
    // Else what is printed before the module is loaded would be among the results.
    ...{ stdin: false, stdout: true, stderr: true },
  });
  for (const stream of [thread.stdout, thread.stderr]) stream.resume();
  return { thread, port };
}

function receive(port: MessagePort): FromThread | undefined {
  return receiveMessageOnPort(port)?.message;
}

/** An error from a thread, with its stack there. */
function errorOf({ reason, message, stack, retryable }: Told): WorkError {
  return Object.assign(new WorkError(reason, message, { retryable }), { stack });
}

/** Node.js ends with 13 where nothing is left that could settle what a module waits for at its top. */
function endedBy(code: number): WorkError {
  if (code === 13) {
    return new WorkError('load-failed', 'what the module waits for at its top never comes');
  }
  const how = code > 0 ? ` with exit code ${code}` : '';
  return new WorkError('thread-ended', `the module ended its thread${how}`);
}

function sentImage({ chunks, ...image }: WorkImage): SentImage {
  return { image, body: joined(chunks ?? []) };
}

/** In memory of its own, which can be handed over to a thread. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    body.set(chunk, end);
    end += chunk.length;
  }
  return body;
}

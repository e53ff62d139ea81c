import { Worker as Thread } from 'node:worker_threads';
import { onAbort } from '../abort.ts';
import { messageOf } from '../errors.ts';
import { WorkError, type WorkImage } from '../job/effects.ts';
import type { Json } from '../results/results-schema.ts';
import type { FromThread, ThreadStart, ToThread } from './messages.ts';
import { onPrintedLine } from './printed-lines.ts';
import { STOPPED, type Worker } from './work.ts';

/** So long may work take to notice that its time is over; then its thread is ended, whatever it does. */
const GRACE_MS = 2000;
/** The same where the job was stopped: somebody waits. */
const STOP_GRACE_MS = 100;

/** A thread with a module in it, which does the work on one image at a time. */
export type WorkThread = Pick<Worker, 'run'> & {
  /** Resolves when the module is loaded; rejects when it can't be used. */
  loaded: Promise<void>;
  isAlive(): boolean;
  /** Whether it has worked on nothing yet. */
  isUnused(): boolean;
  end(): Promise<unknown>;
};

export type ThreadOptions = ThreadStart & {
  /** Called with each line that the module prints or logs. */
  log(text: string): void;
  /** Whether the stack of what the work throws is logged as well. */
  debug: boolean;
};

/** Something that is waited for: the module, or the work on an image. */
type Waiting = { resolve(output: Json): void; reject(error: Error): void };

export function startThread({ module, log, debug }: ThreadOptions): WorkThread {
  const workerData: ThreadStart = { module };
  const thread = new Thread(new URL('./thread-main.js', import.meta.url), {
    ...{ workerData, argv: [], execArgv: [] },
    // Else what the module prints would be among the results.
    ...{ stdin: false, stdout: true, stderr: true },
  });
  for (const stream of [thread.stdout, thread.stderr]) onPrintedLine(stream, log);
  const tell = (message: ToThread, transfer: ArrayBuffer[] = []) =>
    thread.postMessage(message, transfer);
  let waiting: Waiting | null = null;
  let isAlive = true;
  let isUnused = true;
  let why: WorkError | null = null;

  function wait(): Promise<Json> {
    return new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
  }

  function settle(outcome: { output: Json } | Error): void {
    const settled = waiting;
    waiting = null;
    if (outcome instanceof Error) settled?.reject(outcome);
    else settled?.resolve(outcome.output);
  }

  thread.on('message', (message: FromThread) => {
    if (message.type === 'log') return log(message.text);
    if (message.type === 'ready') return settle({ output: null });
    if (message.type === 'done') return settle({ output: JSON.parse(message.output) });
    if (debug && message.type === 'failed') for (const line of message.stack.split('\n')) log(line);
    const { reason, message: text, stack } = message;
    settle(Object.assign(new WorkError(reason, text), { stack }));
  });
  thread.on('error', (error: unknown) => {
    const text = `threw outside of its work: ${messageOf(error)}`;
    why = new WorkError('thread-ended', text, { cause: error });
  });
  thread.on('exit', (code) => {
    isAlive = false;
    settle(why ?? endedBy(code));
  });

  const loaded = wait().then(() => {});
  return {
    loaded,
    isAlive: () => isAlive,
    isUnused: () => isUnused,
    end: () => thread.terminate(),
    async run({ chunks, ...image }: WorkImage, signal: AbortSignal) {
      if (!isAlive) throw why ?? new WorkError('thread-ended', 'its thread has ended');
      isUnused = false;
      const body = joined(chunks ?? []);
      let grace: NodeJS.Timeout | undefined;
      const forget = onAbort(signal, () => {
        tell({ type: 'stop' });
        const ms = signal.reason === STOPPED ? STOP_GRACE_MS : GRACE_MS;
        grace = setTimeout(() => thread.terminate(), ms);
      });
      const worked = wait();
      tell({ type: 'work', image, body }, [body.buffer]);
      return worked.finally(() => {
        clearTimeout(grace);
        forget();
      });
    },
  };
}

/** Node.js ends with 13 where nothing is left that could settle what a module waits for at its top. */
function endedBy(code: number): WorkError {
  if (code === 13) {
    return new WorkError('load-failed', 'what the module waits for at its top never comes');
  }
  const how = code > 0 ? ` with exit code ${code}` : '';
  return new WorkError('thread-ended', `the module ended its thread${how}`);
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

import { Worker } from 'node:worker_threads';

const PROGRESS_EVERY_MS = 5000;

/**
 * Runs inputs 0 up to `inputs` in a worker thread. An input that outlasts `patience`
 * or ends the thread is reported as lost, and a new thread goes on behind it.
 * `onMessage` gets what the thread posts.
 */
export async function runInputs({
  file,
  seed,
  inputs,
  patience,
  heapMegabytes,
  onMessage,
  onLost,
}) {
  let from = 0;
  while (from < inputs) {
    const current = new Int32Array(new SharedArrayBuffer(4));
    current[0] = from;
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: { seed, from, inputs, current },
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    worker.on('message', onMessage);
    const why = await lossOf(worker, current, { inputs, patience });
    if (why === null) return;
    onLost(current[0], why);
    from = current[0] + 1;
  }
}

/** Why a thread did not get to its end, or null. */
function lossOf(worker, current, { inputs, patience }) {
  return new Promise((resolve) => {
    let last = { number: -1, since: performance.now() };
    let shown = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      const number = Atomics.load(current, 0);
      if (number !== last.number) last = { number, since: now };
      if (now - shown > PROGRESS_EVERY_MS) {
        console.log(`  ${number} of ${inputs}`);
        shown = now;
      }
      if (now - last.since > patience) settle(`takes longer than ${patience} ms`);
    }, 100);
    const settle = (why) => {
      clearInterval(watch);
      worker.terminate().then(() => resolve(why));
    };
    worker.once('error', (error) => settle(`ends the thread: ${error.stack ?? error}`));
    worker.once('exit', (code) => settle(code === 0 ? null : `ends the thread with ${code}`));
  });
}

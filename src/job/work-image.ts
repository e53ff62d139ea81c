import { messageOf } from '../errors.ts';
import type { Json } from '../results/results-schema.ts';
import {
  createFault,
  type Effects,
  type Fault,
  mayPass,
  WorkError,
  type WorkImage,
} from './effects.ts';
import { type Fetched, type Finished, finish, type ImageTask, show } from './process.ts';
import { retryDelay } from './retry.ts';

/** The most characters of what work threw that are kept. */
const MAX_MESSAGE = 500;

/** How an attempt at the work ended. */
type Worked = { output: Json; fault: Fault | null; isRetryable: boolean; work_ms: number };

/**
 * Runs the work step of a measured image; what it throws is a `work` fault of
 * this image, after as many further attempts as its options have it. Nothing
 * is downloaded again for them.
 */
export async function workImage(fetched: Fetched, effects: Effects): Promise<Finished> {
  const { task, size } = fetched;
  const image = imageOf(fetched);
  for (let attempt = 1; ; attempt += 1) {
    const { output, fault, isRetryable, work_ms } = await workOnce(image, task, effects);
    const isLast = attempt > task.options.work_retries || task.signal.aborted;
    if (!fault || !isRetryable || isLast) {
      return finish(fetched, effects, { size, work_ms, output, fault });
    }
    const wait_ms = retryDelay(attempt, null, task.options, effects.random);
    task.onRetry(task, { attempt, fault, bytes: 0, download_ms: 0, work_ms, wait_ms });
    show(task.activity, 'retry', effects.elapsed() + wait_ms);
    await effects.sleep(wait_ms, task.signal);
    if (task.signal.aborted) return finish(fetched, effects, { size, work_ms, output, fault });
  }
}

function imageOf({ task, size, chunks }: Fetched): WorkImage {
  return {
    width: size.width,
    height: size.height,
    format: size.format,
    url: task.url,
    store_id: task.store_id,
    index: task.index,
    chunks,
  };
}

async function workOnce(image: WorkImage, task: ImageTask, effects: Effects): Promise<Worked> {
  const begun = effects.elapsed();
  show(task.activity, 'work', begun);
  let output: Json = null;
  let fault: Fault | null = null;
  let isRetryable = true;
  let waited = 0;
  try {
    output = await effects.work(image, {
      signal: task.signal,
      onQueue() {
        show(task.activity, 'queue', effects.elapsed());
      },
      onBegin(waited_ms) {
        waited += waited_ms;
        show(task.activity, 'work', effects.elapsed());
      },
      onLog(text, batch) {
        task.onLog(task, text, batch);
      },
    });
  } catch (thrown) {
    const reason = thrown instanceof WorkError ? thrown.reason : 'threw';
    fault = createFault('work', messageOf(thrown).slice(0, MAX_MESSAGE), reason);
    isRetryable = mayPass(thrown);
  }
  const work_ms = Math.max(0, Math.round(effects.elapsed() - begun - waited));
  return { output, fault, isRetryable, work_ms };
}

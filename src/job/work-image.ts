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
import { type Worked, workedImage } from './finish-image.ts';
import type { Fetched, Finished, ImageTask } from './process.ts';
import { retryDelay } from './retry.ts';
import { showPhase } from './slots.ts';

/** The most characters of what work threw that are kept. */
const MAX_MESSAGE = 500;

/** How an attempt at the work ended. */
type Attempted = Worked & { isRetryable: boolean; work_ms: number };

/**
 * Runs the work step of a measured image; what it throws is a `work` fault of
 * this image, after as many further attempts as its options have it. Nothing
 * is downloaded again for them.
 */
export async function workImage(fetched: Fetched, effects: Effects): Promise<Finished> {
  const { task } = fetched;
  const image = imageOf(fetched);
  for (let attempt = 1; ; attempt += 1) {
    const worked = await workOnce(image, task, effects);
    const { fault, isRetryable, work_ms } = worked;
    const isLast = attempt > task.options.work_retries || task.signal.aborted;
    if (!fault || !isRetryable || isLast) return workedImage(fetched, effects, worked);
    const wait_ms = retryDelay(attempt, null, task.options, effects.random);
    task.onRetry(task, { attempt, fault, bytes: 0, download_ms: 0, work_ms, wait_ms });
    showPhase(task.activity, 'retry', effects.elapsed() + wait_ms);
    await effects.sleep(wait_ms, task.signal);
    if (task.signal.aborted) return workedImage(fetched, effects, worked);
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

async function workOnce(image: WorkImage, task: ImageTask, effects: Effects): Promise<Attempted> {
  const begun = effects.elapsed();
  showPhase(task.activity, 'work', begun);
  let output: Json = null;
  let fault: Fault | null = null;
  let isRetryable = true;
  let waited = 0;
  try {
    output = await effects.work(image, {
      signal: task.signal,
      onQueue() {
        showPhase(task.activity, 'queue', effects.elapsed());
      },
      onBegin(waited_ms) {
        waited += waited_ms;
        showPhase(task.activity, 'work', effects.elapsed());
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

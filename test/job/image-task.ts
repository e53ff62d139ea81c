import type { Effects } from '../../src/job/effects.ts';
import { failedImage } from '../../src/job/finish-image.ts';
import { fetchImage, type ImageTask } from '../../src/job/process.ts';
import { workImage } from '../../src/job/work-image.ts';
import { type ImageResult, imageResultSchema } from '../../src/results/results-schema.ts';
import { OPTIONS } from '../support/effects.ts';

/** The fourth image of a store. */
export function createTask(url = 'http://img.example/a.png'): ImageTask {
  return {
    url,
    store_id: 'S1',
    index: 3,
    started_at: '2026-01-01T00:00:00.000Z',
    signal: new AbortController().signal,
    options: OPTIONS,
    isTaken: () => false,
    onRetry() {},
    onLog() {},
    activity: {
      job_id: 'test-job',
      store: 0,
      store_id: 'S1',
      images: 5,
      image: 3,
      phase: 'download',
      bytes: 0,
      since: 0,
      host: null,
      worker: null,
    },
  };
}

/** What comes of an image, which is a result by the schema. */
export async function processImage(effects: Effects, task = createTask()): Promise<ImageResult> {
  const fetched = await fetchImage(task, effects);
  const { result } =
    'fault' in fetched ? failedImage(fetched, effects) : await workImage(fetched, effects);
  return imageResultSchema.parse(result);
}

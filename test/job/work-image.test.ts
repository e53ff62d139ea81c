import { describe, expect, it } from 'vitest';
import { WorkError } from '../../src/job/effects.ts';
import type { Retry } from '../../src/job/process.ts';
import { createTestEffects, OPTIONS } from '../support/effects.ts';
import { createTask, processImage } from './image-task.ts';

/** Work that throws these one after another, and then is done. */
async function workThat(thrown: unknown[], work_retries: number) {
  const retries: Retry[] = [];
  let [downloads, works] = [0, 0];
  const base = createTestEffects();
  const result = await processImage(
    {
      ...base,
      fetch(...all) {
        downloads += 1;
        return base.fetch(...all);
      },
      async work() {
        works += 1;
        await base.sleep(400, new AbortController().signal);
        if (works <= thrown.length) throw thrown[works - 1];
        return works;
      },
    },
    {
      ...createTask(),
      options: { ...OPTIONS, work_retries },
      onRetry: (_, retry) => void retries.push(retry),
    },
  );
  return { result, retries, downloads, works };
}

const BUSY = new Error('503');

describe('work that throws', () => {
  it('is tried again with the backoff of downloads, and nothing is downloaded again', async () => {
    const { result, retries, downloads } = await workThat([BUSY, BUSY], 2);
    expect(result).toMatchObject({ status: 'completed', output: 3, attempts: 1, work_ms: 400 });
    expect(downloads).toBe(1);
    // Half of 500 and of 1000 ms: the random part of the test.
    expect(retries).toMatchObject([
      { attempt: 1, wait_ms: 250, work_ms: 400, fault: { code: 'work', reason: 'threw' } },
      { attempt: 2, wait_ms: 500, work_ms: 400 },
    ]);
    expect(result.duration_ms).toBe(10 + 400 + 250 + 400 + 500 + 400);
  });

  it('is tried again no more often than is said', async () => {
    expect((await workThat([BUSY, BUSY], 1)).result.error?.message).toBe('503');
    expect((await workThat([BUSY], 0)).works).toBe(1);
  });

  it.each([
    ['an error that says so', Object.assign(new Error('bad input'), { retryable: false })],
    ['what is no error and says so', { message: 'bad input', retryable: false }],
    ['an output that can’t be held', new WorkError('bad-output', 'no', { retryable: false })],
  ])('is never tried again after %s', async (_, thrown) => {
    const { works, result } = await workThat([thrown], 5);
    expect(works).toBe(1);
    expect(result.status).toBe('failed');
  });

  it('is tried again whatever was thrown', async () => {
    const hostile = {
      get retryable() {
        throw new Error('no');
      },
    };
    const { result } = await workThat([null, 7, hostile, new WorkError('work-timeout', 't')], 4);
    expect(result.status).toBe('completed');
  });
});

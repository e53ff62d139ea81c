import { describe, expect, it } from 'vitest';
import type { Effects, Fault } from '../../src/job/effects.ts';
import {
  failedImage,
  fetchImage,
  type ImageTask,
  type Retry,
  workImage,
} from '../../src/job/process.ts';
import { type ImageResult, imageResultSchema } from '../../src/results/results-schema.ts';
import { createTestEffects, NOT_FOUND, OPTIONS } from '../support/effects.ts';

function createTask(url = 'http://img.example/a.png'): ImageTask {
  return {
    url,
    store_id: 'S1',
    index: 3,
    started_at: '2026-01-01T00:00:00.000Z',
    signal: new AbortController().signal,
    options: OPTIONS,
    onRetry() {},
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
    },
  };
}

async function processImage(effects: Effects, task = createTask()): Promise<ImageResult> {
  const fetched = await fetchImage(task, effects);
  const result =
    'fault' in fetched ? failedImage(fetched, effects) : await workImage(fetched, effects);
  return imageResultSchema.parse(result);
}

describe('an image whose download fails with trouble that may pass', () => {
  const BUSY = {
    code: 'http-status',
    message: '503 Service Unavailable',
    http_status: 503,
    host: 'img.example',
  } as const;

  /** Fails so often before it answers; says when it was asked, in virtual milliseconds. */
  function createFlaky(failures: number, retry_after_ms: number | null = null) {
    const base = createTestEffects();
    const asked: number[] = [];
    const effects: Effects = {
      ...base,
      async fetch(url, hooks) {
        asked.push(base.elapsed());
        if (asked.length <= failures) {
          await base.sleep(10, hooks.signal);
          return { fault: { ...BUSY, retry_after_ms }, bytes: null };
        }
        return base.fetch(url, hooks);
      },
    };
    return { effects, asked };
  }

  it('is asked for again after a growing wait, and counts its attempts', async () => {
    const { effects, asked } = createFlaky(2);
    const retries: Retry[] = [];
    const task = {
      ...createTask(),
      onRetry: (_: ImageTask, retry: Retry) => void retries.push(retry),
    };
    const result = await processImage(effects, task);
    expect(result).toMatchObject({
      status: 'completed',
      attempts: 3,
      download_ms: 10,
      error: null,
    });
    // Half of 500 ms and of 1000 ms: the test's random number is 0.5.
    expect(asked).toEqual([0, 260, 770]);
    expect(result.duration_ms).toBe(770 + 10 + 400);
    const failed = { fault: BUSY, bytes: 0, download_ms: 10 };
    expect(retries).toEqual([
      { attempt: 1, ...failed, wait_ms: 250 },
      { attempt: 2, ...failed, wait_ms: 500 },
    ]);
  });

  it('fails when that was often enough, with the last fault alone', async () => {
    const { effects, asked } = createFlaky(9);
    const result = await processImage(effects);
    expect(result).toMatchObject({ status: 'failed', attempts: 3 });
    expect(result.error).toEqual(BUSY);
    expect(asked).toHaveLength(3);
  });

  it('waits as long as the server asks, up to what is allowed', async () => {
    const patient = createFlaky(1, 7000);
    await processImage(patient.effects);
    expect(patient.asked).toEqual([0, 7260]);
    const greedy = createFlaky(1, 3_600_000);
    await processImage(greedy.effects);
    expect(greedy.asked).toEqual([0, 60_260]);
  });

  it('is given up at once when it is told to stop', async () => {
    const stop = new AbortController();
    const { effects, asked } = createFlaky(9);
    const task = { ...createTask(), signal: stop.signal, onRetry: () => stop.abort('SIGINT') };
    await processImage(effects, task);
    expect(asked).toHaveLength(1);
  });

  it('is asked for once where the fault will not pass', async () => {
    const base = createTestEffects();
    const result = await processImage(base, createTask('http://img.example/404.png'));
    expect(result).toMatchObject({ status: 'failed', attempts: 1 });
  });
});

describe('one image', () => {
  it('is downloaded, measured and worked on; every figure is in its result, in the contract’s order', async () => {
    const result = await processImage(createTestEffects());
    expect(JSON.stringify(result)).toBe(
      JSON.stringify({
        url: 'http://img.example/a.png',
        status: 'completed',
        width: 40,
        height: 30,
        perimeter: 140,
        twice_perimeter: 280,
        format: 'png',
        bytes: 100,
        attempts: 1,
        started_at: '2026-01-01T00:00:00.000Z',
        duration_ms: 410,
        download_ms: 10,
        work_ms: 400,
        output: null,
        error: null,
      }),
    );
  });

  it('keeps what its work returns as output', async () => {
    const result = await processImage(
      createTestEffects({ work: async () => ({ label: 'shelf' }) }),
    );
    expect(result.output).toEqual({ label: 'shelf' });
  });

  it('gives the work the image it is about', async () => {
    const seen: unknown[] = [];
    await processImage(
      createTestEffects({
        work: async (image) => {
          seen.push(image);
          return null;
        },
      }),
    );
    expect(seen).toEqual([
      {
        url: 'http://img.example/a.png',
        store_id: 'S1',
        index: 3,
        width: 40,
        height: 30,
        format: 'png',
        chunks: null,
      },
    ]);
  });

  it('gives the work the body as it was fetched', async () => {
    const seen: unknown[] = [];
    const base = createTestEffects();
    const chunks = [new Uint8Array(100)];
    await processImage({
      ...base,
      fetch: async (...all) => ({ ...(await base.fetch(...all)), chunks }),
      async work(image) {
        seen.push(image.chunks);
        return null;
      },
    });
    expect(seen).toEqual([chunks]);
  });

  it('does not count what its work waited for a place', async () => {
    const base = createTestEffects();
    const work: Effects['work'] = async (_, { onWait }) => {
      await base.sleep(300, new AbortController().signal);
      onWait(300);
      await base.sleep(50, new AbortController().signal);
      return null;
    };
    const result = await processImage({ ...base, work });
    expect(result).toMatchObject({ work_ms: 50, duration_ms: 360 });
  });

  it('fails with the fault of its download; nothing is worked on', async () => {
    let worked = false;
    const effects = createTestEffects({
      work: async () => {
        worked = true;
        return null;
      },
    });
    const result = await processImage(effects, createTask('http://img.example/404.png'));
    expect(result).toMatchObject({
      status: 'failed',
      error: NOT_FOUND,
      width: null,
      perimeter: null,
      twice_perimeter: null,
      bytes: null,
      attempts: 1,
      duration_ms: 10,
      download_ms: 10,
      work_ms: null,
    });
    expect(worked).toBe(false);
  });

  it('fails with the fault of its measuring, and what came of its body', async () => {
    const fault: Fault = {
      code: 'corrupt-image',
      message: 'cut off',
      http_status: 200,
      host: 'img.example',
    };
    const result = await processImage(
      createTestEffects({ fetch: async () => ({ fault, bytes: 100 }) }),
    );
    expect(result.error).toEqual(fault);
    expect(result.bytes).toBe(100);
  });

  it('fails as `work` when its work throws, and keeps its size', async () => {
    const result = await processImage(
      createTestEffects({ work: () => Promise.reject(new Error('out of memory')) }),
    );
    expect(result).toMatchObject({ status: 'failed', width: 40, perimeter: 140 });
    expect(result.error).toMatchObject({ code: 'work', message: 'out of memory' });
  });

  it('fails as `internal` when something throws that nobody foresaw', async () => {
    const result = await processImage(
      createTestEffects({
        fetch: () => {
          throw new TypeError('x is not a function');
        },
      }),
    );
    expect(result.error).toMatchObject({ code: 'internal', message: 'x is not a function' });
  });

  it('shows what it is doing while it does it', async () => {
    const task = createTask();
    const phases: unknown[] = [];
    await processImage(
      createTestEffects({
        work: async () => {
          phases.push({ ...task.activity });
          return null;
        },
      }),
      task,
    );
    expect(phases).toMatchObject([{ phase: 'work', bytes: 100, host: 'img.example', since: 10 }]);
  });
});

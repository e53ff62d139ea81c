import { describe, expect, it } from 'vitest';
import type { Effects } from '../../src/job/effects.ts';
import type { ImageTask, Retry } from '../../src/job/process.ts';
import { createTestEffects } from '../support/effects.ts';
import { createTask, processImage } from './image-task.ts';

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
          return { fault: { ...BUSY, reason: null, retry_after_ms }, bytes: null };
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
    const failed = { fault: { ...BUSY, reason: null }, bytes: 0, download_ms: 10, work_ms: null };
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

  it('waits for no further attempt when it was stopped during the one before', async () => {
    const stop = new AbortController();
    const { effects, asked } = createFlaky(9);
    const retries: Retry[] = [];
    const task = {
      ...createTask(),
      signal: stop.signal,
      onRetry: (_: ImageTask, retry: Retry) => void retries.push(retry),
    };
    const fetch: Effects['fetch'] = (...all) => {
      stop.abort('SIGINT');
      return effects.fetch(...all);
    };
    await processImage({ ...effects, fetch }, task);
    expect(asked).toHaveLength(1);
    expect(retries).toEqual([]);
  });

  it('says in its slot until when it waits', async () => {
    const { effects } = createFlaky(1);
    const task = createTask();
    const shown: unknown[] = [];
    const sleep: Effects['sleep'] = (...all) => {
      shown.push({ ...task.activity });
      return effects.sleep(...all);
    };
    await processImage({ ...effects, sleep }, task);
    expect(shown).toMatchObject([{ phase: 'retry', since: 260 }]);
  });

  it('is asked for once where the fault will not pass', async () => {
    const base = createTestEffects();
    const result = await processImage(base, createTask('http://img.example/404.png'));
    expect(result).toMatchObject({ status: 'failed', attempts: 1 });
  });
});

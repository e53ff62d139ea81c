import { describe, expect, it } from 'vitest';
import type { Effects } from '../../src/job/effects.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { createTestEffects, NOT_FOUND } from '../support/effects.ts';
import { createTask, processImage } from './image-task.ts';

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
        sha256: null,
        file: null,
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
    const work: Effects['work'] = async (_, { onBegin }) => {
      await base.sleep(300, new AbortController().signal);
      onBegin(300);
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
    const fault: ImageError = {
      code: 'corrupt-image',
      message: 'cut off',
      http_status: 200,
      host: 'img.example',
    };
    const result = await processImage(
      createTestEffects({ fetch: async () => ({ fault: { ...fault, reason: null }, bytes: 100 }) }),
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

  it('keeps 500 characters of what its work throws', async () => {
    const message = `${'x'.repeat(499)}yz`;
    const result = await processImage(
      createTestEffects({ work: () => Promise.reject(new Error(message)) }),
    );
    expect(result.error?.message).toBe(`${'x'.repeat(499)}y`);
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

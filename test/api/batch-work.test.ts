import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BatchWork, readManifest, runJob } from '../../src/index.ts';
import { type Inference, startInference } from '../support/inference.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let inference: Inference;
beforeAll(async () => {
  [server, inference] = await Promise.all([startServer(), startInference({ ms: 50 })]);
});
afterAll(() => Promise.all([server.close(), inference.close()]));

const manifestOf = (stores: number, images: number) =>
  readManifest({
    stores: Array.from({ length: stores }, (_, store) => ({
      store_id: `S${store + 1}`,
      images: Array.from({ length: images }, (__, image) => `${server.address}/png/${image + 1}x1`),
    })),
  });

const outputsOf = async (job: ReturnType<typeof runJob>) =>
  (await job.results).stores.flatMap(({ images }) => images.map(({ output }) => output));

describe('work on batches', () => {
  it('gets the images of all stores together, and each image its own output', async () => {
    const work: BatchWork = {
      batch: { size: 32 },
      async run(images) {
        const body = JSON.stringify(images.map(({ store_id, index }) => [store_id, index]));
        const response = await fetch(inference.address, { method: 'POST', body });
        return z.array(z.unknown()).parse(await response.json());
      },
    };
    const outputs = await outputsOf(runJob(await manifestOf(16, 5), { concurrency: 16, work }));
    expect(outputs).toHaveLength(80);
    expect(outputs[7]).toEqual({ image: ['S2', 2] });
    expect(inference.batches.length).toBeLessThan(20);
  });

  it('is shared by jobs that have the same work, and waits for nobody else', async () => {
    const work: BatchWork = {
      batch: { size: 4, wait_ms: 300_000 },
      run: (images) => images.map(() => images.length),
    };
    const jobs = [await manifestOf(2, 1), await manifestOf(2, 1)].map((manifest) =>
      runJob(manifest, { work }),
    );
    expect(await Promise.all(jobs.map(outputsOf))).toEqual([
      [4, 4],
      [4, 4],
    ]);
    const alone = runJob(await manifestOf(3, 2), { work });
    expect(await outputsOf(alone)).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('fails one image by an Error in its place, and is tried again', async () => {
    let calls = 0;
    const work: BatchWork = {
      batch: { size: 2, wait_ms: 300_000 },
      run(images, { log }) {
        calls += 1;
        log('call', calls);
        if (calls === 1) throw new Error('busy');
        return images.map(({ store_id }) =>
          store_id === 'S2' ? Object.assign(new Error('blurred'), { retryable: false }) : 1,
        );
      },
    };
    const lines: unknown[][] = [];
    const log = (...values: unknown[]) => lines.push(values);
    const options = { work, log, work_retries: 3, retry_delay_ms: 1 };
    const job = runJob(await manifestOf(2, 1), options);
    const told: string[] = [];
    for await (const event of job) if (event.type === 'work_log') told.push(event.text);
    const { stores } = await job.results;
    expect(stores.map(({ status, error }) => error?.message ?? status)).toEqual([
      'completed',
      'blurred',
    ]);
    // Again alone or together, as the retries come.
    expect(lines[0]).toEqual(['call', 1]);
    expect(told).toEqual(lines.map((values) => values.join(' ')));
  });

  it('is stopped with its job', async () => {
    const stop = new AbortController();
    const work: BatchWork = {
      batch: { size: 2 },
      run(_, { signal }) {
        setTimeout(() => stop.abort(), 10);
        return new Promise<[]>((resolve) => signal.addEventListener('abort', () => resolve([])));
      },
    };
    const job = runJob(await manifestOf(2, 1), { work, signal: stop.signal });
    expect((await job.results).status).toBe('ongoing');
  });
});

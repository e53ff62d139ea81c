import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest, runJob } from '../../src/index.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** A job of stores with so many images each. */
const jobOf = async (counts: number[], options = {}) => {
  const stores = counts.map((count, index) => ({
    store_id: `S${index + 1}`,
    images: Array.from({ length: count }, () => `${server.address}/png/1x1`),
  }));
  return runJob(await readManifest({ stores }), { sleep_ms: 0, ...options });
};

describe('the events of a job', () => {
  it('needs nobody to read its events', async () => {
    const { status } = await (await jobOf([600, 600])).results;
    expect(status).toBe('completed');
  });

  it('waits for a slow reader of its events, and for none that has left', async () => {
    const job = await jobOf([1200]);
    const reader = job[Symbol.asyncIterator]();
    await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const first = await Promise.race([job.results, 'still running']);
    expect(first).toBe('still running');
    await reader.return?.();
    expect((await job.results).summary.images.completed).toBe(1200);
  });

  it('goes on without a reader who stopped without leaving; nothing is lost to one who comes back', async () => {
    const job = await jobOf([1200]);
    const reader = job[Symbol.asyncIterator]();
    await reader.next();
    expect((await job.results).summary.images.completed).toBe(1200);
    const types: unknown[] = [];
    for (let read = await reader.next(); !read.done; read = await reader.next())
      types.push(read.value.type);
    expect(types.filter((type) => type === 'image_finished')).toHaveLength(1200);
    expect(types.at(-1)).toBe('job_finished');
  });

  it('waits for no reader when the job is stopped', async () => {
    const stop = new AbortController();
    const job = await jobOf([5000], { signal: stop.signal });
    const reader = job[Symbol.asyncIterator]();
    await reader.next();
    // Long enough for all that may wait, and less than a reader is waited for.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const begun = performance.now();
    stop.abort();
    expect((await job.results).status).toBe('ongoing');
    expect(performance.now() - begun).toBeLessThan(2500);
  });

  it('lets a reader go who leaves while it waits for an event', async () => {
    const stop = new AbortController();
    const job = await jobOf([1], { sleep_ms: 60_000, signal: stop.signal });
    const reader = job[Symbol.asyncIterator]();
    let next = reader.next();
    // Up to the one that never comes, in the middle of the sleep.
    while ((await next).value?.type !== 'image_started') next = reader.next();
    next = reader.next();
    await reader.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    stop.abort();
    expect((await job.results).status).toBe('ongoing');
  });

  it('tells all events from job_started on, whenever the loop begins', async () => {
    const job = await jobOf([600, 600]);
    await job.results;
    const types: string[] = [];
    for await (const event of job) types.push(event.type);
    expect(types[0]).toBe('job_started');
    expect(types.filter((type) => type === 'image_started')).toHaveLength(1200);
    expect(types.filter((type) => type === 'image_finished')).toHaveLength(1200);
    expect(types.at(-1)).toBe('job_finished');
  });

  it('has its events read once', async () => {
    const job = await jobOf([1]);
    for await (const _ of job) break;
    expect(() => job[Symbol.asyncIterator]()).toThrow('can only be read once');
    expect((await job.results).status).toBe('completed');
  });

  it('ends the loop with what kept it from starting', async () => {
    const job = await jobOf([1], { cacert: 'no/such/file.pem' });
    await expect(job.results).rejects.toMatchObject({ code: 'usage' });
    const reader = job[Symbol.asyncIterator]();
    await expect(reader.next()).rejects.toMatchObject({ code: 'usage' });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });
});

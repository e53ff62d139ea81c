import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunJobOptions, readManifest, runJob } from '../../src/index.ts';
import { makePng } from '../support/png.ts';

/** A server that counts who is being answered. */
const counts = { now: 0, most: 0, headers: new Set<string>() };
const server = createServer(async (request, response) => {
  counts.now += 1;
  counts.most = Math.max(counts.most, counts.now);
  counts.headers.add(`${request.url} ${request.headers['x-job']} ${request.headers['user-agent']}`);
  await delay(20);
  counts.now -= 1;
  response.writeHead(200, { 'content-type': 'image/png' }).end(makePng(4, 3));
});
let address = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  Object.assign(counts, { now: 0, most: 0 });
  counts.headers.clear();
});

/** A manifest of so many stores with two images each. */
const manifestOf = (stores: number, job_id = 'several') =>
  readManifest({
    job_id,
    stores: Array.from({ length: stores }, (_, store) => ({
      store_id: `S${store}`,
      images: [`${address}/${job_id}`, `${address}/${job_id}`],
    })),
  });

async function runAtOnce(jobs: [stores: number, options: RunJobOptions][]): Promise<string[]> {
  const manifests = await Promise.all(
    jobs.map(([stores], job) => manifestOf(stores, `job-${job}`)),
  );
  const running = manifests.map((manifest, job) =>
    runJob(manifest, { sleep_ms: 0, ...jobs[job]?.[1] }),
  );
  const results = await Promise.all(running.map((job) => job.results));
  return results.map(({ status }) => status);
}

describe('jobs that run at once in one process', () => {
  it('ask one host politely together, not each for itself', async () => {
    const polite = { max_per_host: 1 };
    const statuses = await runAtOnce([
      [4, polite],
      [4, polite],
      [4, polite],
    ]);
    expect(statuses).toEqual(['completed', 'completed', 'completed']);
    expect(counts.most).toBe(1);
  });

  it('hold no job without a limit to that of another', async () => {
    await runAtOnce([
      [10, { max_per_host: 1 }],
      [10, {}],
    ]);
    expect(counts.most).toBeGreaterThan(4);
  });

  it('share one cap, the largest that one of them has', async () => {
    await runAtOnce([
      [30, { concurrency: 5 }],
      [30, { concurrency: 10 }],
      [30, { concurrency: 10 }],
    ]);
    expect(counts.most).toBeLessThanOrEqual(10);
    expect(counts.most).toBeGreaterThan(5);
  });

  it('have options and headers of their own', async () => {
    await runAtOnce([
      [2, { headers: { 'x-job': 'one' }, user_agent: 'first/1' }],
      [2, { headers: { 'x-job': 'two' }, user_agent: 'second/1' }],
    ]);
    expect([...counts.headers].sort()).toEqual(['/job-0 one first/1', '/job-1 two second/1']);
  });

  it('may be runs of one manifest', async () => {
    const manifest = await manifestOf(3);
    const jobs = Array.from({ length: 3 }, () => runJob(manifest, { sleep_ms: 0 }));
    const results = await Promise.all(jobs.map((job) => job.results));
    expect(results.map(({ job_id, status }) => [job_id, status])).toEqual(
      Array(3).fill(['several', 'completed']),
    );
  });

  it('leave nothing behind: five hundred later one more runs', async () => {
    const manifest = await manifestOf(1);
    for (let run = 0; run < 500; run += 1) {
      const { status } = await runJob(await readManifest({ job_id: 'x', stores: [] })).results;
      expect(status).toBe('completed');
    }
    await expect(runJob(manifest, { sleep_ms: 0 }).results).resolves.toMatchObject({
      status: 'completed',
    });
  });
});

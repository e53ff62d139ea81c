import { describe, expect, it } from 'vitest';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

describe('metrics', () => {
  it('count what was done, and have no label that grows with what comes', async () => {
    const { url } = await serve(['-c', '7']);
    for (const job_id of ['one', 'two']) {
      await ask(`${url}/api/v1/jobs`, { method: 'POST', body: runs.mixedManifest(job_id) });
    }
    const job = async (job_id: string) => (await ask(`${url}/api/v1/jobs/${job_id}`)).json.state;
    await expect.poll(async () => `${await job('one')} ${await job('two')}`).toBe('failed failed');
    const { text, headers } = await ask(`${url}/metrics`);
    expect(headers.get('content-type')).toContain('text/plain');
    const value = (name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')
          .at(-1),
      );
    expect(value('imgjob_jobs{state="failed"}')).toBe(2);
    expect(value('imgjob_jobs{state="queued"}')).toBe(0);
    expect(value('imgjob_images_total{outcome="completed",code=""}')).toBe(6);
    expect(value('imgjob_images_total{outcome="failed",code="http-status"}')).toBe(2);
    expect(value('imgjob_image_bytes_total')).toBeGreaterThan(100);
    expect(value('imgjob_download_seconds_count')).toBe(8);
    expect(value('imgjob_work_seconds_count')).toBe(6);
    expect(value('imgjob_slots')).toBe(7);
    expect(value('imgjob_slots_in_use')).toBe(0);
    expect(value('imgjob_queue_length')).toBe(0);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    const labels = new Set([...text.matchAll(/^imgjob_\w+\{(\w+)=/gm)].map(([, name]) => name));
    expect([...labels].toSorted()).toEqual(['le', 'outcome', 'state']);
    expect(text).not.toContain('127.0.0.1');
  });
});

describe('the access log', () => {
  it('has a line of JSON for each request, without its query', async () => {
    const service = await serve();
    await ask(`${service.url}/api/v1/jobs?token=secret`);
    await ask(`${service.url}/none%1b%5b31m?x`);
    await expect
      .poll(() => service.said().filter(({ path }) => path))
      .toMatchObject([
        { client: '127.0.0.1', method: 'GET', path: '/api/v1/jobs', status: 200 },
        { method: 'GET', path: '/none%1b%5b31m', status: 404, bytes: expect.any(Number) },
      ]);
    expect(JSON.stringify(service.said())).not.toContain('secret');
  });
});

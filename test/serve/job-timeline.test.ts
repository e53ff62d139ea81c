import { describe, expect, it } from 'vitest';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';
import { submitJob } from '../support/service-pages.ts';

const serve = setUpServices(setUpRuns());

describe('the timeline of a job with very many images', () => {
  it('is of the stores that began last, and says so', async () => {
    const { url } = await serve(['--retries', '0']);
    const refused = Array.from({ length: 50 }, (_, image) => `http://127.0.0.1:1/${image}.png`);
    const stores = Array.from({ length: 220 }, (_, store) => ({
      store_id: `S${store}`,
      images: refused,
    }));
    await submitJob(url, { job_id: 'long', stores }, '?keep_going=true');
    const state = async () => (await ask(`${url}/api/v1/jobs/long`)).json.state;
    await expect.poll(state).toBe('failed');
    const { json } = await ask(`${url}/jobs/long/timeline`);
    expect(json.markup).toContain('began last, with 10,000 images');
    expect(json.data.start).toHaveLength(10_000);
    expect(json.data.store_ids).toContain('S219');
    expect(json.data.store_ids).not.toContain('S0');
  });
});

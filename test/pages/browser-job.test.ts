import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { setUpServices } from '../support/service.ts';
import { dropFile, outsideRequests, submitJob, whenState } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

/** A good store, one that fails, and one that hangs at its second image until the gate is open. */
const gatedManifest = (job_id: string) => ({
  job_id,
  stores: [
    { store_id: 'good', images: [runs.at('/png/3x2'), runs.at('/png/3x2')] },
    { store_id: 'bad', images: [runs.at('/status/404?token=secret')] },
    { store_id: 'slow', images: [runs.at('/png/1x1'), runs.at('/gate')] },
  ],
});

describe.skipIf(CHROMIUM === null)('the page of a job, in a browser', () => {
  const open = setUpBrowser();
  beforeEach(() => {
    gate.isOpen = false;
  });

  it('is reached by a dropped manifest, follows the job to its end, and has its results', async () => {
    const { url } = await serve();
    const opened = await open(url);
    const { page, problems } = opened;
    await page.getByText('No jobs yet.').waitFor();
    await dropFile(page, 'spring.json', JSON.stringify(gatedManifest('spring')));
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(`${url}/jobs/spring`);
    await whenState(page, 'running');

    // The failure comes to the page while the job goes on.
    await page.locator('#job-latest li:has-text("http-status: 404 Not Found")').waitFor();
    expect(await textsOf(page, '#job-latest li b')).toEqual(['bad']);
    expect(await textsOf(page, '#job-failures summary')).toEqual([
      `1 × http-status 404 from ${runs.server.host}`,
    ]);
    expect(await page.content()).not.toContain('secret');
    await page.locator('[data-images=completed]:text-is("3")').waitFor();
    const slot = page.locator('#job-slots tbody tr');
    await expect.poll(() => slot.allTextContents()).toEqual(['slow2 of 2download']);
    await page.locator(`#job-slots :text("waits")`).waitFor();
    expect(await slot.textContent()).toContain(`for ${runs.server.host}`);
    await page.locator('canvas#timeline').waitFor();

    gate.isOpen = true;
    await page.getByRole('button', { name: 'Cancel' }).click();
    await whenState(page, 'cancelled');
    expect(await page.title()).toBe('spring: cancelled (imgjob)');
    expect(await page.locator('#job-slots').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Resume' }).click();
    await whenState(page, 'failed');
    expect(await textsOf(page, '[data-images=completed]')).toEqual(['4']);
    await page.getByRole('img', { name: /^Timeline, / }).waitFor();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Results' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('spring.results.json');
    const results = JSON.parse(readFileSync(await download.path(), 'utf8'));
    expect(results).toMatchObject({ job_id: 'spring', status: 'failed' });
    expect(results.stores).toHaveLength(3);
    expect({ problems, outside: outsideRequests(opened, url) }).toEqual({
      problems: [],
      outside: [],
    });
  });

  it('tries failed images again', async () => {
    const { url } = await serve(['--retries', '0']);
    const stores = [{ store_id: 'S1', images: [runs.at('/flaky/1?of=page&status=503')] }];
    await submitJob(url, { job_id: 'flaky', stores });
    const { page } = await open(`${url}/jobs/flaky`);
    await whenState(page, 'failed');
    await page.getByRole('button', { name: 'Retry failed images' }).click();
    await whenState(page, 'completed');
    expect(await page.locator('#job-failures details').count()).toBe(0);
    expect(await page.locator('#actions button').count()).toBe(0);
  });

  it('says why something can’t be done, and stays', async () => {
    const { url } = await serve();
    await submitJob(url, gatedManifest('taken'));
    const { page } = await open(`${url}/jobs/taken`);
    const cancel = page.getByRole('button', { name: 'Cancel' });
    await page.route('**/cancel', (route) =>
      route.fulfill({ status: 409, json: { detail: 'something else is being done' } }),
    );
    await cancel.click();
    const problem = page.getByRole('alert').filter({ hasText: 'something else is being done' });
    await problem.waitFor();
    expect(await cancel.getAttribute('aria-disabled')).toBeNull();
    await page.unroute('**/cancel');
    await cancel.click();
    await whenState(page, 'cancelled');
    expect(await textsOf(page, '#action-problem')).toEqual(['']);
  });

  it('is told by what others do with the job, and of a job that is removed', async () => {
    const { url } = await serve();
    await submitJob(url, gatedManifest('shared'));
    const { page } = await open(`${url}/jobs/shared`);
    await whenState(page, 'running');
    await fetch(`${url}/api/v1/jobs/shared/cancel`, { method: 'POST' });
    await whenState(page, 'cancelled');
    await fetch(`${url}/api/v1/jobs/shared`, { method: 'DELETE' });
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  });

  it('goes on by itself when the server comes back', async () => {
    const first = await serve();
    const { port } = new URL(first.url);
    await submitJob(first.url, gatedManifest('kept'));
    const { page } = await open(`${first.url}/jobs/kept`);
    await whenState(page, 'running');
    await first.end('SIGKILL');
    await page.getByText('Not connected; trying again.').waitFor();
    gate.isOpen = true;
    await serve(['--port', port]);
    await whenState(page, 'failed');
    expect(await textsOf(page, '#connection')).toEqual(['']);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { setUpServices } from '../support/service.ts';
import { submitJob, whenState } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

const gated = (job_id: string) => ({
  job_id,
  stores: [{ store_id: 'S', images: [runs.at('/png/1x1'), runs.at('/gate')] }],
});

describe.skipIf(CHROMIUM === null)('the list of jobs, in a browser', () => {
  const open = setUpBrowser();
  beforeEach(() => {
    gate.isOpen = false;
  });

  it('has each job with its state and progress, as they change', async () => {
    const { url } = await serve(['--max-jobs', '1']);
    await submitJob(url, gated('first'));
    await submitJob(url, gated('second'));
    const { page, problems } = await open(url);
    const row = (job_id: string) => page.locator(`#row-${job_id}`);
    await row('first').getByText('1 of 2 images').waitFor();
    await row('first').locator('.badge:text-is("running")').waitFor();
    await row('second').locator('.badge:text-is("queued")').waitFor();
    await page.getByRole('link', { name: 'running 1' }).waitFor();
    await page.getByRole('link', { name: 'queued 1' }).waitFor();
    expect(await textsOf(page, '#jobs tbody th')).toEqual(['second', 'first']);

    // A job that comes while somebody is at a link takes nothing away.
    await row('first').getByRole('link').focus();
    await submitJob(url, runs.goodManifest('third'));
    await row('third').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('first');
    gate.isOpen = true;
    await fetch(`${url}/api/v1/jobs/first/cancel`, { method: 'POST' });
    await row('first').locator('.badge:text-is("cancelled")').waitFor();
    await row('third').locator('.badge:text-is("completed")').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('first');
    await page.keyboard.press('Enter');
    await whenState(page, 'cancelled');
    expect(problems).toEqual([]);
  });

  it('may have those of one state alone, a page at a time', async () => {
    const { url } = await serve();
    for (let job = 0; job < 53; job += 1) {
      await submitJob(url, { job_id: `job-${job}`, stores: [] });
    }
    await submitJob(url, { job_id: 'wrong', stores: runs.mixedManifest().stores });
    const { page } = await open(url);
    await page.locator('#row-wrong .badge:text-is("failed")').waitFor();
    expect(await page.locator('#jobs tbody tr').count()).toBe(50);
    await page.getByRole('link', { name: 'completed' }).click();
    await page
      .getByRole('link', { name: 'completed' })
      .and(page.locator('[aria-current]'))
      .waitFor();
    expect(await page.locator('#row-wrong').count()).toBe(0);
    await page.getByRole('link', { name: 'Older jobs' }).click();
    await page.locator('#row-job-0').waitFor();
    expect(await textsOf(page, '#jobs tbody th')).toEqual(['job-2', 'job-1', 'job-0']);
    expect(await page.getByRole('link', { name: 'Older jobs' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Newest jobs' }).click();
    await page.locator('#row-job-52').waitFor();
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { showText, showUrl } from '../../src/terminal/prose.ts';
import { CHROMIUM, setUpBrowser, textsOf, unfold, violationsOf } from '../support/browser.ts';
import { HOSTILE_ID } from '../support/every-outcome.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { setUpServices } from '../support/service.ts';
import { outsideRequests, submitJob, whenState } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

const LOOKS = [
  ['a desktop, light', 1280, 'light'],
  ['a desktop, dark', 1440, 'dark'],
  ['a phone, light', 390, 'light'],
  ['a phone, dark', 360, 'dark'],
] as const;

/** Every part of the page of a job has something to show. */
async function serveAll(): Promise<string> {
  const { url } = await serve();
  const fails = Array.from({ length: 8 }, (_, index) => ({
    store_id: `store-with-a-rather-long-name-${index}`,
    images: [runs.at('/png/3x2'), runs.at(`/status/${400 + index}?${'q'.repeat(200)}`)],
  }));
  const hangs = { store_id: HOSTILE_ID, images: [runs.at('/png/3x2'), runs.at('/gate')] };
  await submitJob(url, { job_id: 'a'.repeat(64), stores: [...fails, hangs] });
  await submitJob(url, runs.mixedManifest());
  return url;
}

describe.skipIf(CHROMIUM === null)('the pages of a server, in a browser', () => {
  const open = setUpBrowser();
  beforeEach(() => {
    gate.isOpen = false;
  });

  it.each(LOOKS)('are accessible and no wider than the screen on %s', async (_, width, scheme) => {
    const url = await serveAll();
    for (const path of ['/', '/?state=queued', '/jobs/spring-audit', `/jobs/${'a'.repeat(64)}`]) {
      const opened = await open(url + path, {
        viewport: { width, height: 800 },
        colorScheme: scheme,
      });
      const { page, problems } = opened;
      if (path.startsWith('/jobs/')) await page.locator('canvas#timeline').waitFor();
      if (path.endsWith('a')) await page.locator('#job-latest li').nth(7).waitFor();
      await unfold(page);
      expect(await page.evaluate('document.scrollingElement.scrollWidth'), path).toBe(width);
      expect(await violationsOf(page), path).toEqual([]);
      const outside = outsideRequests(opened, url);
      expect({ problems, outside }).toEqual({ problems: [], outside: [] });
    }
  });

  it('show hostile text as it is, and run none of it', async () => {
    const url = await serveAll();
    const hostile = '<img src=x onerror="document.title=1">';
    const images = [`${runs.server.address}/none/${hostile}`];
    await submitJob(url, { job_id: 'hostile', stores: [{ store_id: hostile, images }] });
    const { page, problems } = await open(`${url}/jobs/hostile`);
    await whenState(page, 'failed');
    await unfold(page);
    expect(await textsOf(page, '.failures b')).toEqual([hostile]);
    expect(await textsOf(page, '.failures code')).toEqual([showUrl(images[0] ?? '')]);
    expect(await page.locator('img, [onerror]').count()).toBe(0);
    await page.goto(`${url}/jobs/${'a'.repeat(64)}`);
    const slot = page.locator('#job-slots th .id');
    await expect.poll(() => slot.allTextContents()).toEqual([showText(HOSTILE_ID)]);
    expect(problems).toEqual([]);
  });

  it('refuse a script that would get into them all the same', async () => {
    const { url } = await serve();
    const { page, problems } = await open(url);
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
    `);
    const refused = () => problems.filter((text) => text.startsWith('refused: '));
    await expect.poll(refused).toContain('refused: inline');
    expect(await page.title()).toBe('Jobs (imgjob)');
  });

  it('leave focus, selection and what was unfolded alone when something changes', async () => {
    const url = await serveAll();
    const { page } = await open(`${url}/jobs/${'a'.repeat(64)}`);
    await page.locator('#job-failures details').nth(7).waitFor();
    await page.locator('#job-failures summary').nth(3).click();
    await page.locator('#job-failures summary').first().click();
    await page.locator('#job-latest .scroll').focus();
    gate.isOpen = true;
    await page.evaluate(`window.same = document.querySelector('[data-stores=completed]')`);
    await page.getByRole('button', { name: 'Cancel' }).focus();
    await page.keyboard.press('Enter');
    await whenState(page, 'cancelled');
    // The button that was pressed is gone: the next one has its place.
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Resume');
    await page.keyboard.press('Enter');
    await whenState(page, 'failed');
    expect(await textsOf(page, '[data-stores=completed]')).toEqual(['1']);
    expect(
      await page.evaluate(`window.same === document.querySelector('[data-stores=completed]')`),
    ).toBe(true);
    const folds = await page.evaluate<boolean[]>(
      `[...document.querySelectorAll('#job-failures details')].map(({ open }) => open)`,
    );
    expect(folds.slice(0, 4)).toEqual([false, false, false, true]);
  });
});

import { describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { setUpRuns } from '../support/runs.ts';
import { setUpServices } from '../support/service.ts';
import { submitJob, whenState } from '../support/service-pages.ts';
import { SOON_MS } from '../support/times.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

const STORES = 300;
const IMAGES = 20;

/** Counts what comes to the page, and notes how long the page was busy at a time. */
const WATCH = `
window.messages = 0;
window.longest = 0;
document.addEventListener('page-changed', () => { window.messages += 1; });
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ entryTypes: ['longtask'] });
`;

describe.skipIf(CHROMIUM === null)('the page of a job with thousands of images', () => {
  const open = setUpBrowser();

  it('is told twice a second how it goes on, and stays quick', async () => {
    const { url } = await serve(['--concurrency', '100', '--retries', '0']);
    const { page } = await open(`${url}/`);
    await page.addInitScript(WATCH);
    const stores = Array.from({ length: STORES }, (_, store) => ({
      store_id: `S${store}`,
      images: Array.from({ length: IMAGES }, (__, image) =>
        runs.at(image % 2 === 0 ? `/status/404?${store}-${image}` : `/png/1x1?ms=5&${image}`),
      ),
    }));
    await submitJob(url, { job_id: 'many', stores }, '?keep_going=true');
    const began = performance.now();
    await page.goto(`${url}/jobs/many`);
    await whenState(page, 'failed');
    const seconds = (performance.now() - began) / 1000;
    const half = ((STORES * IMAGES) / 2).toLocaleString('en-US');
    expect(await textsOf(page, '[data-images=completed]')).toEqual([half]);
    expect(await textsOf(page, '[data-images=failed]')).toEqual([half]);
    expect(await textsOf(page, '[data-failures]')).toEqual([`${half} ×`]);
    const { messages, longest, elements } = await page.evaluate<Record<string, number>>(
      `({ messages, longest, elements: document.querySelectorAll('*').length })`,
    );
    process.stderr.write(
      `${STORES * IMAGES} images in ${seconds.toFixed(1)} s: ${messages} messages, ` +
        `busy for ${Math.round(longest ?? 0)} ms at most, ${elements} elements\n`,
    );
    expect(messages).toBeLessThan(2 * seconds + 3);
    expect(longest).toBeLessThan(SOON_MS / 20);
    expect(elements).toBeLessThan(1500);
  });
});

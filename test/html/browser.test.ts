import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorText } from '../../src/html/table.ts';
import { documentOf } from '../../src/results/document.ts';
import { showText, showUrl } from '../../src/terminal/prose.ts';
import {
  CHROMIUM,
  INTRUDERS,
  rowsOf,
  setUpBrowser,
  textsOf,
  unfold,
  violationsOf,
} from '../support/browser.ts';
import { createWorkspace } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { everyOutcome, HOSTILE_ID, HOSTILE_URL, jobAfter } from '../support/every-outcome.ts';
import { listen } from '../support/listener.ts';
import { pageOf } from '../support/pages.ts';

describe.skipIf(CHROMIUM === null)('the report of a job with every outcome, in a browser', () => {
  const open = setUpBrowser();
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());
  const document = documentOf(jobAfter(everyOutcome()));
  let url = '';
  beforeAll(async () => {
    url = `file://${workspace.write('report.html', await pageOf(document))}`;
  });

  it('asks for nothing but itself, and nothing goes wrong', async () => {
    const { page, problems, requests } = await open(url);
    await unfold(page);
    await page.waitForTimeout(300);
    expect({ problems, requests }).toEqual({ problems: [], requests: [] });
  });

  it('asks a server for nothing else, not even for an icon', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response
        .setHeader('content-type', 'text/html')
        .end(readFileSync(workspace.path('report.html')));
    });
    const { port, close } = await listen(server);
    const { page, problems, requests } = await open(`http://127.0.0.1:${port}/report.html`);
    await page.waitForTimeout(300);
    await close();
    expect({ asked, problems, requests }).toEqual({
      asked: ['/report.html'],
      problems: [],
      requests: [],
    });
  });

  it('says what the results say: counts and causes', async () => {
    const { page } = await open(url);
    const { images, stores } = document.head.summary;
    for (const [status, count] of Object.entries(images)) {
      if (count > 0) expect(await textsOf(page, `[data-images="${status}"]`)).toEqual([`${count}`]);
    }
    for (const [status, count] of Object.entries(stores)) {
      if (count > 0) expect(await textsOf(page, `[data-stores="${status}"]`)).toEqual([`${count}`]);
    }
    const counts = await textsOf(page, '[data-failures]');
    const sum = counts.reduce((total, text) => total + Number.parseInt(text, 10), 0);
    expect(sum).toBe(images.failed);
  });

  it('says what the results say: every image, in manifest order', async () => {
    const { page } = await open(url, { viewport: { width: 1440, height: 3000 } });
    await page.evaluate('document.querySelector("#table-scroll").style.maxHeight = "none"');
    await page
      .locator(`#table-body [aria-rowindex="${document.head.summary.images.total + 1}"]`)
      .waitFor();
    const all = await collect(document.stores());
    const expected = all.flatMap(({ store_id, images }) =>
      images.map((image, index) => [
        showText(store_id),
        String(index + 1),
        image.status,
        showUrl(image.url),
        image.error ? errorText(image.error) : '',
        image.width === null ? '' : `${image.width} × ${image.height}`,
        image.format ?? '',
        image.bytes === null ? '' : image.bytes.toLocaleString('en-US'),
        String(image.attempts),
      ]),
    );
    expect((await rowsOf(page)).map(({ cells }) => cells.slice(0, 9))).toEqual(expected);
  });

  it('shows hostile text as it is, and runs none of it', async () => {
    const { page, problems } = await open(url);
    await page.fill('#filter', 'alert(2)');
    await unfold(page);
    const [row] = await rowsOf(page);
    expect(row?.cells[0]).toBe(showText(HOSTILE_ID));
    expect(row?.cells[3]).toBe(showUrl(HOSTILE_URL));
    expect(await textsOf(page, '.failures')).toContainEqual(
      expect.stringContaining('500 </script><script>alert(3)</script>]]>'),
    );
    expect(await page.locator('script').count()).toBe(6);
    expect(await page.locator('img, iframe, [onerror]').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('refuses a script that would get into it all the same', async () => {
    const { page, problems } = await open(url);
    await page.evaluate(INTRUDERS);
    await page.waitForTimeout(200);
    expect(await page.title()).toMatch(/^every-outcome: /);
    expect(problems.filter((text) => text.startsWith('refused: '))).not.toEqual([]);
  });

  it.each([
    ['a desktop, light', 1440, 'light'],
    ['a phone, dark', 360, 'dark'],
  ] as const)('is accessible and no wider than the screen on %s', async (_, width, colorScheme) => {
    const { page } = await open(url, { viewport: { width, height: 800 }, colorScheme });
    await unfold(page);
    expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(width);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('is dark where that is asked for', async () => {
    const background = 'getComputedStyle(document.body).backgroundColor';
    const [light, dark] = [await open(url), await open(url, { colorScheme: 'dark' })];
    expect(await light.page.evaluate(background)).toBe('rgb(246, 247, 249)');
    expect(await dark.page.evaluate(background)).toBe('rgb(15, 19, 24)');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { createWorkspace } from '../support/cli.ts';
import { documentOf, failed, image, store } from '../support/documents.ts';
import { manyStores } from '../support/large-document.ts';
import { pageOf } from '../support/pages.ts';

const ODD_URL = 'https://cdn.example/a b/"ü".jpg';
const LONG = `https://cdn.example/${'folder/'.repeat(30)}the-last-of-all.jpg`;
const images = [
  image({ width: 12_000, height: 12_000, bytes: 49_999_999 }),
  failed({ url: ODD_URL }),
  failed({ url: 'https://cdn.example/b.jpg?signature=abc' }),
  image({ url: LONG }),
];

describe.skipIf(CHROMIUM === null)('the table of the report', () => {
  const open = setUpBrowser();
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());
  let url = '';
  beforeAll(async () => {
    const stores = [store(images, { store_id: 'S1 "b"' }), ...manyStores(20, 10)];
    url = `file://${workspace.write('report.html', await pageOf(documentOf(stores)))}`;
  });
  const openPage = async (options = {}) => (await open(url, options)).page;

  it.each([
    [1280, 'light'],
    [1440, 'dark'],
  ] as const)(
    'is whole on a screen of %i pixels, with what went wrong',
    async (width, colorScheme) => {
      const page = await openPage({ viewport: { width, height: 800 }, colorScheme });
      await page.selectOption('#status', 'failed');
      const { room = 0, needed, seen } = await page.evaluate<Record<string, number>>(WIDTHS);
      expect(needed).toBeLessThanOrEqual(room - SCROLL_BAR);
      expect(seen).toBeGreaterThanOrEqual('http-status: 404 Not Found'.length);
      expect(await page.evaluate(PARTS_CUT)).toEqual([]);
      await page.selectOption('#status', 'all');
      expect(await page.evaluate(PARTS_CUT)).toEqual([]);
    },
  );

  it('is as wide as the screen of a phone, with all of an image but what is long', async () => {
    const page = await openPage({ viewport: { width: 390, height: 800 } });
    const room = 'const { clientWidth, scrollWidth } = document.querySelector("#table-scroll");';
    expect(await page.evaluate(`(() => { ${room} return scrollWidth - clientWidth; })()`)).toBe(0);
    expect(await page.evaluate(PARTS_CUT)).toEqual([]);
    await page.selectOption('#status', 'failed');
    expect(await page.evaluate(PARTS_CUT)).toEqual([]);
    const [wide, last] = [page.locator('.line .error').first(), page.locator('.line').last()];
    expect((await wide.boundingBox())?.width).toBeGreaterThan(300);
    await page.locator('#table-scroll').focus();
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(async () => (await last.boundingBox())?.height).toBe(32);
    expect(await page.evaluate(PARTS_CUT)).toEqual([]);
  });

  it('leads to images whose URL is shown whole, and tells them nothing', async () => {
    const page = await openPage();
    await page.fill('#filter', '"b"');
    const links = await page.evaluate(
      `[...document.querySelectorAll('#table-body a')].map(({ href, rel }) => [href, rel])`,
    );
    const linked = [image().url, ODD_URL, LONG].map((url) => [new URL(url).href, 'noreferrer']);
    expect(links).toEqual(linked);
  });

  it('has its first rows on paper, whatever was in sight, and is as it was afterwards', async () => {
    const page = await openPage();
    await page.evaluate('document.querySelector("#table-scroll").scrollTop = 1e9');
    const lines = page.locator('.line');
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: 'print' });
    expect(await lines.count()).toBe(200);
    expect(await textsOf(page, '#shown')).toEqual(['204 of 204 images, here the first 200']);
    const [first, last] = [await lines.first().boundingBox(), await lines.last().boundingBox()];
    expect((last?.y ?? 0) - (first?.y ?? 0)).toBeGreaterThan(199 * 15);
    await page.emulateMedia({ media: null });
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await lines.count()).toBeLessThan(100);
    expect(await textsOf(page, '#shown')).toEqual(['204 of 204 images']);
  });

  it('stands below a drawing of all sizes, which says at the pointer what is there', async () => {
    const page = await openPage();
    const spots = page.locator('.plot circle');
    await spots.first().hover();
    expect(await textsOf(page, '#tip')).toEqual([expect.stringMatching(/^640 × 480: \d+ images$/)]);
    await spots.last().hover();
    expect(await textsOf(page, '#tip')).toEqual(['12,000 × 12,000: 1 image']);
    await page.locator('h1').hover();
    expect(await page.locator('#tip').isVisible()).toBe(false);
    const spoken = await page.locator('.plot svg').getAttribute('aria-label');
    expect(spoken).toContain('the largest 12,000 × 12,000, the most frequent 640 × 480');
  });

  it('has headings that look as if they sorted', async () => {
    const page = await openPage();
    const sign = (column: string) =>
      page.evaluate(
        `getComputedStyle(document.querySelector('[data-column=${column}] button'), '::after').content`,
      );
    expect(await sign('bytes')).toBe('"↕"');
    await page.locator('[data-column=bytes] button').focus();
    await page.keyboard.press('Space');
    expect([await sign('bytes'), await sign('url')]).toEqual(['"↑"', '"↕"']);
  });
});

/** In pixels, where it takes room of its own. */
const SCROLL_BAR = 15;

/** The table's room and what it takes, and how much of the first error is in sight. */
const WIDTHS = `(() => {
  const cell = document.querySelector('#table-body .error');
  const text = document.createRange();
  text.selectNodeContents(cell);
  const share = cell.clientWidth / Math.max(cell.clientWidth, text.getBoundingClientRect().width + 24);
  return {
    room: document.querySelector('#table-scroll').clientWidth,
    needed: parseFloat(getComputedStyle(document.querySelector('#table')).minWidth),
    seen: Math.floor(share * cell.textContent.length),
  };
})()`;

/** What of the rows in sight is cut off, or covered by what stands beside it, though it must not be. */
const PARTS_CUT = `[...document.querySelectorAll('#table-body :is(.status, .image, .size, .bytes, .work, .url .end)')]
  .filter((part) => part.offsetWidth > 0 && part.textContent !== '')
  .filter((part) => {
    const { right } = part.getBoundingClientRect();
    return part.scrollWidth > part.clientWidth || right > document.querySelector('#table-scroll').getBoundingClientRect().right;
  })
  .map(({ className, textContent }) => className + ' ' + textContent)`;

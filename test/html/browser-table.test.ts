import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser } from '../support/browser.ts';
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

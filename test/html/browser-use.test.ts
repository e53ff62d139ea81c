import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showUrl } from '../../src/terminal/prose.ts';
import { CHROMIUM, rowsOf, setUpBrowser, textsOf } from '../support/browser.ts';
import { createWorkspace } from '../support/cli.ts';
import { documentOf, failed, image, store } from '../support/documents.ts';
import { manyStores } from '../support/large-document.ts';
import { pageOf } from '../support/pages.ts';

const ODD_URL = 'https://cdn.example/a b/"ü".jpg';
const SIGNED = 'https://cdn.example/b.jpg?signature=abc';
const stores = [
  ...manyStores(20, 10),
  store([image({ width: 1, height: 1 }), failed({ url: ODD_URL }), failed({ url: SIGNED })], {
    store_id: 'S1 "b"',
  }),
];
const images = stores.flatMap((one) =>
  one.images.map((image) => ({ ...image, store_id: one.store_id })),
);
/** What is put into the filter, and which images it finds. */
const FILTERS: [string, (image: (typeof images)[number]) => boolean][] = [
  ['', () => true],
  ['/7/', ({ url }) => url.includes('/7/')],
  ['  H1.EXAMPLE   /7/ ', ({ url }) => url.includes('h1.example/7/')],
  ['" S1 "', ({ store_id }) => store_id === 'S1' || store_id.startsWith('S1 ')],
  ['"http-status: 404" (h1.example)', ({ error }) => error?.host === 'h1.example'],
  ['"', ({ store_id, url }) => `${store_id}${url}`.includes('"')],
  ['no such thing', () => false],
];
const COLUMNS = ['store', 'image', 'status', 'URL', 'error', 'pixels', 'format', 'bytes'];
const NUMBERS = ['attempts', 'wait', 'download', 'work'];

describe.skipIf(CHROMIUM === null)('the report in use', () => {
  const open = setUpBrowser();
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());
  let url = '';
  beforeAll(async () => {
    url = `file://${workspace.write('report.html', await pageOf(documentOf(stores)))}`;
  });
  const openPage = async (options = {}) => (await open(url, options)).page;

  describe('the keyboard', () => {
    it('reaches all that can be used, in the order that it is seen', async () => {
      const page = await openPage();
      const reached: string[] = [];
      for (let presses = 0; presses < 60 && reached.at(-1) !== 'work'; presses += 1) {
        await page.keyboard.press('Tab');
        reached.push(
          await page.evaluate<string>(
            'document.activeElement.id || document.activeElement.textContent',
          ),
        );
      }
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
        'solid',
      );
      expect(reached).toContain('Copy URL');
      expect(reached).toContain('Copy command for the whole URL');
      expect(reached.slice(-15)).toEqual([
        'filter',
        'status',
        'table-scroll',
        ...COLUMNS,
        ...NUMBERS,
      ]);
    });

    it('sorts with Enter on a heading: up, down, and as in the manifest', async () => {
      const page = await openPage();
      const heading = page.locator('[data-column=download]');
      const first = async () =>
        (await rowsOf(page)).slice(0, 12).map(({ cells }) => Number(cells[10]));
      const manifest = images.map(({ download_ms }) => download_ms ?? -1);
      const expected = [
        ['none', manifest],
        ['ascending', manifest.toSorted((a, b) => a - b)],
        ['descending', manifest.toSorted((a, b) => b - a)],
        ['none', manifest],
      ] as const;
      await heading.locator('button').focus();
      for (const [direction, times] of expected) {
        expect(await heading.getAttribute('aria-sort')).toBe(direction);
        expect(await first()).toEqual(times.slice(0, 12));
        await page.keyboard.press('Enter');
      }
    });

    it('scrolls the table', async () => {
      const page = await openPage();
      await page.locator('#table-scroll').focus();
      const last = page.locator(`#table-body [aria-rowindex="${images.length + 1}"]`);
      // A browser that is busy may pass over a key.
      const pressed = async () => {
        await page.keyboard.press('End');
        return last.count();
      };
      await expect.poll(pressed).toBe(1);
    });
  });

  describe('the table', () => {
    it('has headings that are whole, with the arrow of the sorted one', async () => {
      const page = await openPage();
      const cut: string[] = [];
      for (const button of await page.locator('[role=columnheader] button').all()) {
        await button.click();
        cut.push(...(await page.evaluate<string[]>(HEADINGS_CUT)));
      }
      expect(cut).toEqual([]);
    });

    it('sorts images without a size before the smallest', async () => {
      const page = await openPage();
      await page.click('[data-column=size] button');
      const sizes = (await rowsOf(page)).map(({ cells }) => cells[5]);
      const without = images.filter(({ width }) => width === null).map(() => '');
      expect(sizes.slice(0, without.length + 2)).toEqual([...without, '1 × 1', '640 × 480']);
    });

    it('has the images that the filter says, all words of it', async () => {
      const page = await openPage();
      for (const [text, isFound] of FILTERS) {
        await page.fill('#filter', text);
        const found = images.filter(isFound);
        const shown = `${found.length} of ${images.length} images`;
        expect(await textsOf(page, '#shown'), text).toEqual([shown]);
        expect(await page.getAttribute('#table', 'aria-rowcount')).toBe(String(found.length + 1));
        const urls = (await rowsOf(page)).map(({ cells }) => cells[3]);
        expect(urls).toEqual(found.slice(0, urls.length).map((image) => showUrl(image.url)));
        expect(urls.length).toBeGreaterThanOrEqual(Math.min(20, found.length));
      }
    });

    it('has the images of one outcome', async () => {
      const page = await openPage();
      await page.selectOption('#status', 'failed');
      const wrong = images.filter(({ status }) => status === 'failed');
      expect((await rowsOf(page)).map(({ cells }) => cells[3])).toEqual(
        wrong.map((image) => showUrl(image.url)),
      );
    });
  });

  describe('a button that copies', () => {
    it.each([
      ['the URL', 'Copy URL', ODD_URL],
      [
        'a command',
        'Copy command for the whole URL',
        "jq -rs '(.[0].stores // .)[20].images[2].url' results.json",
      ],
    ])('copies %s, and says so', async (_, label, text) => {
      const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
      const button = page.locator(`[data-copy]:text-is("${label}")`).first();
      await page
        .locator('details')
        .evaluateAll('(all) => { for (const one of all) one.open = true; }');
      await page.locator(`li:has-text('S1 "b"')`).locator(`button:text-is("${label}")`).click();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(text);
      expect(await textsOf(page, '#spoken')).toEqual(['Copied']);
      await button.waitFor();
      expect(await textsOf(page, '#spoken')).toEqual(['']);
    });

    it('does so without the clipboard of newer browsers, and keeps the focus', async () => {
      const page = await openPage();
      await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })');
      const button = page.locator('[data-copy]').first();
      await button.focus();
      await page.keyboard.press('Enter');
      await page.locator('button:text-is("Copied")').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Copied');
      await page.locator('#filter').focus();
      await page.keyboard.press('ControlOrMeta+V');
      expect(await page.inputValue('#filter')).toBe(await button.getAttribute('data-copy'));
    });
  });

  it('shows all failures of a cause in the table', async () => {
    const many = Array.from({ length: 70 }, () => failed());
    const path = workspace.write('many.html', await pageOf(documentOf([...stores, store(many)])));
    const { page } = await open(`file://${path}`);
    await page.click('[data-filter]');
    expect(await textsOf(page, '#shown')).toEqual([`72 of ${images.length + 70} images`]);
    expect(await textsOf(page, 'summary .count')).toContain('72 ×');
  });
});

const HEADINGS_CUT = `[...document.querySelectorAll('[role=columnheader]')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map(({ textContent }) => textContent)`;

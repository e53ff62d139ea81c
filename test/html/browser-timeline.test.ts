import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { StoreResult } from '../../src/results/results-schema.ts';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { createWorkspace } from '../support/cli.ts';
import { documentOf, image, store } from '../support/documents.ts';
import { manyStores } from '../support/large-document.ts';
import { pageOf } from '../support/pages.ts';

const T0 = Date.UTC(2026, 2, 1, 9, 30);

/** A store of images in a row, each of which begins so long after the one before. */
function inARow(count: number, every_ms: number, times: { download_ms: number; work_ms: number }) {
  const duration_ms = times.download_ms + times.work_ms;
  return store(
    Array.from({ length: count }, (_, index) =>
      image({ ...times, duration_ms, started_at: new Date(T0 + index * every_ms).toISOString() }),
    ),
  );
}

describe.skipIf(CHROMIUM === null)('the timeline in a browser', () => {
  const open = setUpBrowser();
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());

  async function openPage(
    stores: StoreResult[],
    { duration_ms = 0, ...options }: BrowserContextOptions & { duration_ms?: number } = {},
  ) {
    const { head, ...rest } = documentOf(stores);
    const page = await pageOf({ head: { ...head, duration_ms }, ...rest });
    return (await open(`file://${workspace.write('report.html', page)}`, options)).page;
  }

  it.each(['light', 'dark'] as const)(
    'is drawn in the colours of its legend (%s)',
    async (colorScheme) => {
      const page = await openPage(manyStores(20, 10), { colorScheme });
      expect(await page.evaluate(COLORS_SEEN)).toEqual(['wait', 'download', 'work', 'failed']);
    },
  );

  it.each(['light', 'dark'] as const)(
    'mixes the colours of images that are narrower than a pixel by their times (%s)',
    async (colorScheme) => {
      const page = await openPage([inARow(30_000, 400, { download_ms: 100, work_ms: 300 })], {
        colorScheme,
      });
      const expected = await mixOf(page, { download: 1 / 4, work: 3 / 4 });
      for (const x of [0.1, 0.5, 0.9]) expectNear(await pixelAt(page, x), expected);
    },
  );

  it('lets the background through by the time in which nothing was done', async () => {
    const page = await openPage([inARow(30_000, 400, { download_ms: 50, work_ms: 50 })]);
    const [red, green, blue] = await mixOf(page, { download: 1 / 2, work: 1 / 2 });
    expectNear(await pixelAt(page, 0.47), [red, green, blue, 255 / 4]);
  });

  it('shares a pixel between work and what was fetched ahead', async () => {
    const page = await openPage([inARow(30_000, 300, { download_ms: 300, work_ms: 300 })]);
    const expected = await mixOf(page, { download: 1 / 2, work: 1 / 2 });
    expectNear(await pixelAt(page, 0.5), expected);
  });

  it('keeps lanes apart', async () => {
    const page = await openPage([
      inARow(1, 0, { download_ms: 900, work_ms: 0 }),
      inARow(1, 0, { download_ms: 0, work_ms: 900 }),
    ]);
    const expected = [
      await mixOf(page, { download: 1 }),
      [0, 0, 0, 0],
      await mixOf(page, { work: 1 }),
    ];
    for (const [index, y] of [16, 17, 18].entries()) {
      expectNear(await pixelAt(page, 0.3, y), expected[index] ?? []);
    }
  });

  it('goes on to the end of the job', async () => {
    const page = await openPage([inARow(1, 0, { download_ms: 500, work_ms: 500 })], {
      duration_ms: 2000,
    });
    expect(await textsOf(page, '.legend li')).toContainEqual(
      expect.stringMatching(/^idle .*50\.0%/),
    );
    expectNear(await pixelAt(page, 0.45), await mixOf(page, { work: 1 }));
    expect(await pixelAt(page, 0.55)).toEqual([0, 0, 0, 0]);
  });

  it('tells the image under the pointer, and a click shows its store in the table', async () => {
    const stores = manyStores(20, 10);
    const page = await openPage(stores);
    const [one, two, third] = stores[0]?.images ?? [];
    const before = (one?.duration_ms ?? 0) + (two?.duration_ms ?? 0);
    const longest = Math.max(...stores.map(({ duration_ms }) => duration_ms ?? 0));
    const canvas = page.locator('#timeline');
    const box = await canvas.boundingBox();
    const x = ((before + (third?.duration_ms ?? 0) / 2) / longest) * (box?.width ?? 0);
    await canvas.scrollIntoViewIfNeeded();
    // The page learns of a scroll a frame later, and then hides what is said at the pointer.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    await canvas.hover({ position: { x, y: 5 } });
    const wait_ms = (third?.duration_ms ?? 0) - (third?.download_ms ?? 0) - (third?.work_ms ?? 0);
    const tip = page.locator('#tip');
    expect(await tip.textContent()).toBe(
      `S0, image 3\nwait ${wait_ms} ms, download ${third?.download_ms} ms, work ${third?.work_ms ?? 0} ms`,
    );
    const [beside, drawing] = [await tip.boundingBox(), await canvas.boundingBox()];
    const left = (beside?.x ?? 0) - (drawing?.x ?? 0) - x;
    // On the other side of the pointer where there is no room.
    expect(Math.min(Math.abs(left), Math.abs(left + (beside?.width ?? 0)))).toBeLessThan(20);
    expect(Math.abs((beside?.y ?? 0) - (drawing?.y ?? 0) - 5)).toBeLessThan(20);
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await canvas.click({ position: { x, y: 5 } });
    expect(await textsOf(page, '#shown')).toEqual(['10 of 200 images']);
    expect(await page.evaluate('document.activeElement.id')).toBe('filter');
  });

  it.each(['27" shelf', '"', '27" "shelf"', '""'])(
    'shows the images of a store called %s at a click, and no others',
    async (store_id) => {
      const { images } = inARow(3, 500, { download_ms: 100, work_ms: 400 });
      const others = ['27', 'shelf', 'a shelf of 27"', '27" shelf b', 'S1'];
      const page = await openPage([
        store(images, { store_id }),
        ...others.map((other) =>
          store([image({ started_at: null, duration_ms: null })], { store_id: other }),
        ),
      ]);
      await page.locator('#timeline').click({ position: { x: 20, y: 5 } });
      const shown = await page.evaluate<string[]>(
        '[...document.querySelectorAll("#table-body .store")].map((cell) => cell.textContent)',
      );
      expect(new Set(shown)).toContain(store_id);
      expect(shown.filter((one) => !one.includes(store_id))).toEqual([]);
    },
  );
});

type Parts = { wait?: number; download?: number; work?: number };

/** The colours of the legend, mixed by these shares, with nothing of the background. */
async function mixOf(page: Page, parts: Parts): Promise<number[]> {
  const sum = [0, 0, 0];
  for (const [part, share] of Object.entries(parts)) {
    const color = await page.evaluate<string>(
      `getComputedStyle(document.body).getPropertyValue('--${part}').trim()`,
    );
    for (const channel of sum.keys()) {
      const value = Number.parseInt(color.slice(1 + 2 * channel, 3 + 2 * channel), 16);
      sum[channel] = (sum[channel] ?? 0) + share * value;
    }
  }
  return [...sum, 255];
}

/** Red, green, blue and opacity in the timeline, at a share of its width. */
function pixelAt(page: Page, x: number, y = 5): Promise<number[]> {
  return page.evaluate<number[]>(`(() => {
    const canvas = document.querySelector('#timeline');
    return [...canvas.getContext('2d').getImageData(Math.round(${x} * canvas.width), ${y}, 1, 1).data];
  })()`);
}

/** What is a pixel of some columns is rounded, and the more so the less opaque it is. */
function expectNear(pixel: number[], expected: (number | undefined)[]): void {
  for (const [channel, value] of expected.entries()) {
    expect(Math.abs((pixel[channel] ?? 0) - (value ?? 0)), `${pixel} for ${expected}`).toBeLessThan(
      5,
    );
  }
}

/** Which of the legend's colours the canvas has, exactly. */
const COLORS_SEEN = `(() => {
  const canvas = document.querySelector('#timeline');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
  const colors = getComputedStyle(canvas);
  const rgb = (name) => colors.getPropertyValue('--' + name).trim().match(/[0-9a-f]{2}/g).map((two) => parseInt(two, 16)).join();
  return ['wait', 'download', 'work', 'failed'].filter((name) => seen.has(rgb(name)));
})()`;

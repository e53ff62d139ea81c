import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatSpan } from '../../src/terminal/numbers.ts';
import { CHROMIUM, type Opened, rowAt, rowsOf, setUpBrowser, textsOf } from '../support/browser.ts';
import { createWorkspace, runCli } from '../support/cli.ts';
import { documentOf } from '../support/documents.ts';
import { manyStores, ndjsonOf } from '../support/large-document.ts';
import { SOON_MS } from '../support/times.ts';

const stores = manyStores(1000, 100);
const images = stores.flatMap(({ store_id, images: all }) =>
  all.map((image, index) => ({ ...image, store_id, number: index + 1 })),
);
type Image = (typeof images)[number];
const PLACES = [1, 2, 4_711, 50_000, 99_999, 100_000];

/** The milliseconds until a page has laid out what an action made of it. */
const timed = (action: string) => `(async () => {
  const before = performance.now();
  ${action};
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - before;
})()`;

describe.skipIf(CHROMIUM === null)('the report of 100,000 images', () => {
  const open = setUpBrowser();
  const workspace = createWorkspace();
  afterAll(() => workspace.remove());
  let url = '';
  beforeAll(async () => {
    const results = workspace.write('results.ndjson', ndjsonOf(stores));
    url = `file://${workspace.path('report.html')}`;
    const { code, stderr } = await runCli(['report', results, '-o', workspace.path('report.html')]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('the report is in'),
    });
  });

  it('has the numbers of the results, and nothing goes wrong', async () => {
    const { page, problems, requests } = await open(url);
    const { summary } = documentOf(stores).head;
    expect(await textsOf(page, '[data-images=total]')).toEqual(['100,000']);
    expect(await textsOf(page, '[data-images=failed]')).toEqual([
      formatCount(summary.images.failed),
    ]);
    expect(await textsOf(page, '[data-stores=failed]')).toEqual([
      formatCount(summary.stores.failed),
    ]);
    const completed = images.filter(({ status }) => status === 'completed');
    const times = completed.map(({ download_ms }) => download_ms ?? 0);
    expect(await quantiles(page, 'download-time')).toEqual(ranksOf(times).map(formatSpan));
    const sizes = completed.map(({ bytes }) => bytes ?? 0);
    expect(await quantiles(page, 'size')).toEqual(ranksOf(sizes).map(formatBytes));
    expect(await failureCounts(page)).toEqual(
      ['h0', 'h1', 'h2']
        .map((host) => images.filter(({ error }) => error?.host === `${host}.example`).length)
        .sort((a, b) => b - a),
    );
    expect(await textsOf(page, '#timeline-note')).not.toEqual(['']);
    expect({ problems, requests }).toEqual({ problems: [], requests: [] });
  });

  it('has every row where it belongs: as in the manifest, sorted and filtered', async () => {
    const { page } = await open(url);
    const check = async (expected: Image[]) => {
      const count = `${formatCount(expected.length)} of 100,000 images`;
      expect(await textsOf(page, '#shown')).toEqual([count]);
      for (const place of PLACES.filter((one) => one <= expected.length)) {
        const image = expected[place - 1];
        expect(await rowAt(page, place), `row ${place}`).toEqual(image && cellsOf(image));
      }
    };
    await check(images);
    await page.click('[data-column=bytes] button');
    await page.click('[data-column=bytes] button');
    const bySize = images.toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1));
    await check(bySize);
    await page.fill('#filter', 'h1.example .jpg');
    await check(bySize.filter((image) => image.url.includes('h1.example')));
    await page.selectOption('#status', 'failed');
    await check(images.filter(({ url: one, error }) => error && one.includes('h1.example')));
  });

  it('is quick, and makes few rows', async () => {
    const began = performance.now();
    const { page } = await open(url);
    await page.locator('#table-body .row').first().waitFor();
    const measured: Record<string, number> = { load: performance.now() - began };
    const actions = {
      scroll: 'document.querySelector("#table-scroll").scrollTop = 1e9',
      sort: 'document.querySelector("[data-column=url] button").click()',
      filter:
        'const f = document.querySelector("#filter"); f.value = "9"; f.dispatchEvent(new Event("input"))',
    };
    for (const [name, action] of Object.entries(actions)) {
      measured[name] = await page.evaluate<number>(timed(action));
      expect((await rowsOf(page)).length).toBeLessThan(200);
    }
    const said = Object.entries(measured).map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
    process.stderr.write(`100,000 rows in a browser: ${said.join(', ')}\n`);
    expect(measured.load).toBeLessThan(SOON_MS);
    for (const name of Object.keys(actions)) expect(measured[name], name).toBeLessThan(SOON_MS / 2);
  });
});

function cellsOf({ store_id, number, url, ...image }: Image): string[] {
  const count = (value: number | null) => (value === null ? '' : formatCount(value));
  const { error, download_ms, work_ms, duration_ms } = image;
  return [
    store_id,
    String(number),
    image.status,
    url,
    error ? `${error.code}: ${error.message} (${error.host})` : '',
    image.width === null ? '' : `${image.width} × ${image.height}`,
    image.format ?? '',
    count(image.bytes),
    count(image.attempts),
    count((duration_ms ?? 0) - (download_ms ?? 0) - (work_ms ?? 0)),
    count(download_ms),
    count(work_ms),
  ];
}

async function quantiles(page: Opened['page'], name: string): Promise<string[]> {
  const texts = await Promise.all(
    ['median', 'p90', 'p99', 'max'].map((rank) => textsOf(page, `[data-${name}=${rank}]`)),
  );
  return texts.flat();
}

/** Median, 90%, 99% and largest, by the nearest rank. */
function ranksOf(values: number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return [50, 90, 99, 100].map(
    (percent) => sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? Number.NaN,
  );
}

async function failureCounts(page: Opened['page']): Promise<number[]> {
  const texts = await textsOf(page, '[data-failures]');
  return texts.map((text) => Number.parseInt(text.replaceAll(',', ''), 10));
}

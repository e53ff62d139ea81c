import { describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf } from '../support/browser.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';
import { dropFile, submitJob, whenState } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);

const BROKEN = `{
  "job_id": "broken",
  "stores": [
    { "store_id": 7, "images": [] },
    { "store_id": "S2", "images": ["https://img.example/a.jpg", false] }
  ]
}`;

/** Where a text stands in it, as it is said. */
function placeOf(text: string): string {
  const lines = BROKEN.split('\n');
  const line = lines.findIndex((one) => one.includes(text));
  return `line ${line + 1}, column ${(lines[line]?.indexOf(text) ?? 0) + 1}`;
}

/** What is selected in the text of the manifest. */
const SELECTED = `(() => {
  const { value, selectionStart, selectionEnd } = document.querySelector('#manifest');
  return value.slice(selectionStart, selectionEnd);
})()`;

describe.skipIf(CHROMIUM === null)('the form for a new job, in a browser', () => {
  const open = setUpBrowser();

  it('is open where there is no job yet, and folded up where there are some', async () => {
    const { url } = await serve();
    const { page } = await open(url);
    expect(await page.locator('#manifest').isVisible()).toBe(true);
    await submitJob(url, runs.goodManifest());
    await page.getByRole('link', { name: 'good' }).waitFor();
    await page.reload();
    expect(await page.locator('#manifest').isVisible()).toBe(false);
    await page.locator('summary').click();
    expect(await page.locator('#manifest').isVisible()).toBe(true);
  });

  it('takes what is pasted, by the keyboard alone', async () => {
    const { url } = await serve();
    const { page } = await open(url);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('manifest');
    await page.keyboard.insertText(JSON.stringify(runs.goodManifest('pasted')));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/jobs/pasted`);
    await whenState(page, 'completed');
  });

  it('says every problem with its line and column, leads there, and keeps the text', async () => {
    const { url } = await serve();
    const { page } = await open(url);
    await page.fill('#manifest', BROKEN);
    await page.getByRole('button', { name: 'Submit' }).click();
    const problems = page.locator('#problems li');
    await problems.first().waitFor();
    const said = await problems.allTextContents();
    expect(said).toEqual([
      expect.stringContaining(`${placeOf('7')} stores[0].store_id expected a non-empty string`),
      expect.stringContaining(`${placeOf('false')} stores[1].images[1] expected a URL string`),
    ]);
    expect(await textsOf(page, '#problems .problem')).toEqual(['The manifest has 2 problems:']);
    expect(await page.evaluate('document.activeElement.id')).toBe('problems');

    await page.getByRole('button', { name: placeOf('false') }).click();
    expect(await page.evaluate(SELECTED)).toBe('false');
    await page.getByRole('button', { name: placeOf('7') }).click();
    expect(await page.evaluate(SELECTED)).toBe('7');
    expect(await page.evaluate('document.activeElement.id')).toBe('manifest');

    await page.fill('#manifest', BROKEN.replace('7', '"S1"').replace(', false', ''));
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(`${url}/jobs/broken`);
  });

  it.each([
    ['no JSON', 'store_id,image_url', /^line 1, column 1 /],
    ['a line of NDJSON that is none', '{"store_id":"a","images":[]}\n{"store_id":', /^line 2, /],
    ['nothing', '', /^line 1, column 1 /],
  ])('says what is wrong with %s', async (_, text, problem) => {
    const { url } = await serve();
    const { page } = await open(url);
    await page.fill('#manifest', text);
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.locator('#problems li').first().waitFor();
    expect((await textsOf(page, '#problems li'))[0]).toMatch(problem);
  });

  it('says what else a server refuses', async () => {
    const { url } = await serve();
    const manifest = { job_id: 'hangs', stores: [{ store_id: 'S', images: [runs.at('/stall')] }] };
    await submitJob(url, manifest);
    const { page } = await open(url);
    await dropFile(page, 'again.json', JSON.stringify(manifest));
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.locator('#problems .problem').waitFor();
    expect(await textsOf(page, '#problems')).toEqual(['the job hangs is running']);
  });

  it.each([
    ['a file', 'stores.ndjson'],
    ['a paste', null],
  ])('knows NDJSON of %s', async (_, name) => {
    const { url } = await serve();
    const { page } = await open(url);
    const lines = ['S1', 'S2']
      .map((store_id) => JSON.stringify({ store_id, images: [runs.at('/png/2x2')] }))
      .join('\n');
    if (name === null) await page.fill('#manifest', lines);
    else await dropFile(page, name, lines);
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(`${url}/jobs/*`);
    await whenState(page, 'completed');
    expect(await textsOf(page, '[data-stores=total]')).toEqual(['2']);
  });

  it('sends a large file without showing it, and forgets it when it is told to', async () => {
    const { url } = await serve();
    const { page } = await open(url);
    const store = { store_id: 'S'.repeat(200), images: [] };
    const lines = `${JSON.stringify(store)}\n`.repeat(5000);
    await dropFile(page, 'large.ndjson', lines);
    expect(await textsOf(page, '#chosen span')).toEqual(['large.ndjson, 1.1 MB']);
    expect(await page.locator('#manifest').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Paste one instead' }).click();
    expect(await page.locator('#manifest').isVisible()).toBe(true);
    expect(await page.locator('#chosen').isVisible()).toBe(false);
    await page.setInputFiles('#file', {
      name: 'large.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(lines),
    });
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(`${url}/jobs/*`);
    await whenState(page, 'completed');
    const { json } = await ask(`${url}/api/v1/jobs`);
    expect(json.jobs).toMatchObject([{ stores: 5000 }]);
  });
});

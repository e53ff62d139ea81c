import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { SOON_MS } from './times.ts';

const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that pages are tested in: `CHROMIUM`, or where it usually is; null where there is none. */
export const CHROMIUM = PLACES.find((path) => path && existsSync(path)) ?? null;

if (CHROMIUM === null) {
  process.stderr.write('tests in a browser are skipped: no Chromium; CHROMIUM names one\n');
}

/** A page, what went wrong in it, and what it asked for besides itself. */
export type Opened = { page: Page; problems: string[]; requests: string[] };

// A refused script and an error that no one catches are no messages of their own.
const WATCH = `
addEventListener('error', ({ message }) => console.log('error: ' + message));
addEventListener('securitypolicyviolation', ({ blockedURI }) => console.log('refused: ' + blockedURI));
`;

/** Opens pages in one browser, each in a profile of its own. */
export function setUpBrowser() {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (CHROMIUM === null) return;
    // Containers have no sandbox of their own to offer it.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });

  return async function open(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
    if (!browser) throw new Error('there is no browser');
    const context = await browser.newContext(options);
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    page.setDefaultTimeout(3 * SOON_MS);
    const opened: Opened = { page, problems: [], requests: [] };
    page.on('console', (message) => opened.problems.push(message.text()));
    page.on('pageerror', ({ message }) => opened.problems.push(message));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) {
        opened.requests.push(request.url());
      }
    });
    await page.goto(url);
    return opened;
  };
}

/** Opens everything that is reduced up. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
}

/** What axe-core finds wrong, each with the element that it found. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(
    `axe.run({ resultTypes: ['violations'] })`,
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
}

/** A row of the table as it is shown: its place, counted from 1, and its cells. */
export type ShownRow = { place: number; cells: string[] };

/** The rows that exist in the page. */
export function rowsOf(page: Page): Promise<ShownRow[]> {
  return page.evaluate<ShownRow[]>(`[...document.querySelectorAll('#table-body [role=row]')].map(
    (row) => ({
      place: Number(row.getAttribute('aria-rowindex')) - 1,
      cells: [...row.children].map((cell) => cell.textContent),
    }))`);
}

/** Scrolls the table to a row, from the top again. */
export async function rowAt(page: Page, place: number): Promise<string[] | undefined> {
  await page.evaluate(`document.querySelector('#table-scroll').scrollTop = ${(place - 1) * 32}`);
  const row = page.locator(`#table-body [aria-rowindex="${place + 1}"]`);
  await row.waitFor();
  return (await rowsOf(page)).find((one) => one.place === place)?.cells;
}

/** Texts of all elements that a selector finds. */
export function textsOf(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allTextContents();
}

/** Puts scripts into a page that would take it over, if they were run. */
export const INTRUDERS = `
  const script = document.createElement('script');
  script.textContent = 'document.title = "taken over"';
  document.body.append(script);
  document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
`;

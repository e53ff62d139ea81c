import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, violationsOf } from '../support/browser.ts';
import { listen } from '../support/listener.ts';
import { setUpRuns } from '../support/runs.ts';
import { setUpServices } from '../support/service.ts';
import { whenState } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);
const TOKEN = 'correct-horse-battery';

const submitAs = (url: string, token: string) =>
  fetch(`${url}/api/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(runs.goodManifest()),
  });

describe.skipIf(CHROMIUM === null)('a server with a token, in a browser', () => {
  const open = setUpBrowser();

  it('asks for it, leads on to where one wanted to go, and lets one out again', async () => {
    const { url } = await serve(['--token', TOKEN]);
    expect((await submitAs(url, TOKEN)).status).toBe(201);
    const { page } = await open(`${url}/jobs/good`);
    expect(page.url()).toBe(`${url}/login?next=%2Fjobs%2Fgood`);
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
    expect(await violationsOf(page)).toEqual([]);

    await page.keyboard.insertText('wrong-horse-battery');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('That is not the token').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.fill('#token', TOKEN);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${url}/jobs/good`);
    await whenState(page, 'completed');

    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', expires: -1 });
    expect(cookie?.value).not.toContain(TOKEN);
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${url}/login`);
    await page.goto(`${url}/`);
    expect(page.url()).toBe(`${url}/login`);
  });

  it('knows who has logged in and comes by a link on another site', async () => {
    const { url } = await serve(['--token', TOKEN]);
    await submitAs(url, TOKEN);
    const { page } = await open(`${url}/login`);
    await page.fill('#token', TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    const other = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end(`<a href="${url}/jobs/good">a job</a>`),
    );
    const { port, close } = await listen(other);
    await page.goto(`http://localhost:${port}/`);
    await page.getByRole('link').click();
    await page.waitForURL(`${url}/jobs/good`);
    await whenState(page, 'completed');
    await close();
  });

  it('asks again where the log-in is over while a page is open', async () => {
    const { url } = await serve(['--token', TOKEN]);
    const { page } = await open(`${url}/login`);
    await page.fill('#token', TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    await page.context().clearCookies();
    // It is asked for when somebody looks at the page again.
    await page.evaluate(
      `dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('pageshow'))`,
    );
    await page.waitForURL(`${url}/login`);
  });
});

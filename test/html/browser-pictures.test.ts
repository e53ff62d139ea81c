import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CHROMIUM, setUpBrowser, textsOf, violationsOf } from '../support/browser.ts';
import { runCli } from '../support/cli.ts';
import { listen } from '../support/listener.ts';
import { setUpRuns } from '../support/runs.ts';

const SIZES = `[...document.querySelectorAll('#gallery img')].map(({ naturalWidth, naturalHeight }) => naturalWidth + ' × ' + naturalHeight)`;

describe.skipIf(CHROMIUM === null)('the pictures of a report, in a browser', () => {
  const runs = setUpRuns();
  const open = setUpBrowser();
  const path = (name: string) => runs.workspace.path(name);
  const shown = ['640 × 480 png', '3 × 5 png', '2 × 2 png'];

  it('are seen when a reader asks for them, by the table, wherever page and files were moved', async () => {
    const manifest = runs.workspace.write('m.json', runs.mixedManifest());
    const args = ['--keep-going', '--save', 'some files/a b#', '-o', 'out.json', manifest];
    await runs.run(['--report', 'page.html', '--report-pictures', ...args]);
    mkdirSync(path('sent'));
    renameSync(path('some files'), path('sent/some files'));
    renameSync(path('page.html'), path('sent/page.html'));
    rmSync(path('sent/some files/a b#/S0002/2-1x1.png'));
    const opened = await open(`file://${path('sent/page.html')}`);
    const { page, requests, problems } = opened;
    expect(await page.locator('img').count()).toBe(0);
    expect(requests).toEqual([]);

    await page.getByRole('button', { name: 'Show pictures' }).click();
    await expect
      .poll(() => textsOf(page, '.missing'))
      .toEqual(['Its file did not come with this page, or this browser shows no png']);
    await expect.poll(() => page.evaluate(SIZES)).toEqual(['640 × 480', '3 × 5', '2 × 2']);
    expect(await textsOf(page, '#gallery li > span:nth-of-type(1)')).toEqual([
      ...shown,
      '1 × 1 png',
    ]);
    expect(requests.every((url) => url.startsWith(`file://${path('sent')}`))).toBe(true);
    expect(await page.locator('img:not([loading=lazy])').count()).toBe(0);
    expect(await violationsOf(page)).toEqual([]);

    await page.click('[data-column=bytes] button');
    await page.click('[data-column=bytes] button');
    const bySize = await textsOf(page, '#gallery li > span:nth-of-type(1)');
    expect(bySize[0]).toBe('640 × 480 png');
    await page.fill('#filter', 'S0001');
    expect(await textsOf(page, '#gallery li > span:nth-of-type(1)')).toEqual(shown.slice(0, 2));

    await page.locator('#gallery button').first().click();
    expect(await textsOf(page, '#viewer-caption')).toEqual([
      expect.stringMatching(/^640 × 480 png, image 1, [\d,]+ bytes, S0001$/),
    ]);
    await page.keyboard.press('ArrowRight');
    expect(await textsOf(page, '#viewer-caption')).toEqual([expect.stringMatching(/^3 × 5 png/)]);
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.selectOption('#status', 'failed');
    expect(await page.locator('#no-pictures').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Hide pictures' }).click();
    expect(await page.locator('#gallery-part').isVisible()).toBe(false);
    expect(problems.filter((text) => !text.includes('ERR_FILE_NOT_FOUND'))).toEqual([]);
  });

  it('are seen on a server too, and those without a file come from where they are', async () => {
    const manifest = runs.workspace.write('m.json', runs.goodManifest());
    await runs.run(['--save', 'photos', '-o', 'out.json', manifest]);
    cpSync(path('out.json'), path('half.json'));
    const half = readFileSync(path('half.json'), 'utf8').replace('"S1/1-2x1.png"', 'null');
    runs.workspace.write('half.json', half);
    const asked = ['half.json', '-o', 'page.html', '--report-pictures', '--save', 'photos'];
    const { code } = await runCli(['report', ...asked], { cwd: runs.workspace.folder });
    expect(code).toBe(0);
    const server = createServer(({ url = '' }, response) => {
      const isPage = url.endsWith('.html');
      response.setHeader('content-type', isPage ? 'text/html' : 'image/png');
      response.end(readFileSync(path(decodeURIComponent(url))));
    });
    const { port, close } = await listen(server);
    const { page, requests } = await open(`http://127.0.0.1:${port}/page.html`);
    await page.getByRole('button', { name: 'Show pictures' }).click();
    await expect.poll(() => page.evaluate(SIZES)).toEqual(['1 × 1', '2 × 1']);
    expect(requests).toEqual([`http://127.0.0.1:${port}/photos/S1/0-1x1.png`, runs.at('/png/2x1')]);
    await close();
  });
});

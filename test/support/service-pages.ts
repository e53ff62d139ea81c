import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Opened } from './browser.ts';
import { ask } from './service.ts';

/** What tests of the pages of `imgjob serve` share. */

/** Drops a file of that name and content anywhere on a page. */
export async function dropFile(page: Page, name: string, content: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([${JSON.stringify(content)}], ${JSON.stringify(name)}));
      return transfer;
    })()`,
  );
  await page.dispatchEvent('main', 'dragover', { dataTransfer });
  await page.dispatchEvent('main', 'drop', { dataTransfer });
}

/** Waits until the job of a page is in that state, by what the page says. */
export async function whenState(page: Page, state: string): Promise<void> {
  await page.locator(`h1 .badge:text-is("${state}")`).waitFor();
}

/** Hands a job in behind the page's back. */
export async function submitJob(url: string, manifest: unknown, query = ''): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', body: manifest, headers };
  const { status, text } = await ask(`${url}/api/v1/jobs${query}`, request);
  expect({ status, text }).toMatchObject({ status: 201 });
}

/** What a page asked of other servers than its own. */
export function outsideRequests({ requests }: Opened, url: string): string[] {
  return requests.filter((one) => !one.startsWith(`${url}/`));
}

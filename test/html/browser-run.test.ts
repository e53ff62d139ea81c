import { describe, expect, it } from 'vitest';
import { showUrl } from '../../src/terminal/prose.ts';
import { CHROMIUM, rowsOf, setUpBrowser, textsOf, violationsOf } from '../support/browser.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

describe.skipIf(CHROMIUM === null)('the page of imgjob run --report, in a browser', () => {
  const runs = setUpRuns();
  const kept = keptJobs(runs);
  const open = setUpBrowser();

  it('says what the results say', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    await runs.run(['-o', 'out.json', '--report', 'page.html', path]);
    const { stores, summary } = kept.readOutput();
    const { page, problems, requests } = await open(`file://${runs.workspace.path('page.html')}`);
    for (const status of ['total', 'completed', 'failed', 'skipped'] as const) {
      expect(await textsOf(page, `[data-images=${status}]`)).toEqual([`${summary.images[status]}`]);
    }
    expect(await textsOf(page, '[data-stores=failed]')).toEqual(['1']);
    expect(await textsOf(page, 'main summary')).toEqual([
      `1 × http-status 404 from ${runs.server.host}`,
    ]);
    const rows = stores.flatMap(({ store_id, images }) =>
      images.map(({ url, status, download_ms }, index) => [
        store_id,
        String(index + 1),
        status,
        showUrl(url),
        download_ms === null ? '' : String(download_ms),
      ]),
    );
    const shown = await rowsOf(page);
    expect(shown.map(({ cells }) => [...cells.slice(0, 3), cells[3], cells[10]])).toEqual(rows);
    expect({ problems, requests }).toEqual({ problems: [], requests: [] });
  });

  it('is in order for a job without images', async () => {
    const path = runs.workspace.write('m.json', { job_id: 'empty', stores: [] });
    await runs.run(['-o', 'out.json', '--report', 'page.html', path]);
    const { page, problems, requests } = await open(`file://${runs.workspace.path('page.html')}`);
    expect(await textsOf(page, 'h1')).toEqual(['empty completed']);
    expect(await violationsOf(page)).toEqual([]);
    expect({ problems, requests }).toEqual({ problems: [], requests: [] });
  });
});

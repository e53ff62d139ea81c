import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { setUpDiff } from '../support/diffed.ts';
import { documentOf, failed, store } from '../support/documents.ts';
import { listen } from '../support/listener.ts';
import { makePng } from '../support/png.ts';

const { runs, imgjob, inShell, runStores, oneStore, png, failsOnce, diffJson } = setUpDiff();

describe('imgjob diff', () => {
  it('shows what changed between two runs; 1 where something got worse', async () => {
    await runStores('old.json', [
      { store_id: 'S1', images: [png('1x1'), failsOnce('shown')] },
      { store_id: 'S2', images: [png('2x2')] },
    ]);
    await runStores('new.json', [
      { store_id: 'S2', images: [png('2x2'), runs.at('/status/404'), png('3x3')] },
      { store_id: 'S1', images: [failsOnce('shown')] },
    ]);
    const { code, stdout, stderr } = await imgjob(['diff', 'old.json', 'new.json'], {
      env: { LC_ALL: 'C.UTF-8' },
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const [first, ...rest] = stdout.split('\n');
    expect(first).toMatch(/^spring-audit \(\S+ \S+ UTC\) → spring-audit \(\S+ \S+ UTC\)$/);
    expect(rest.join('\n').replaceAll(runs.server.address, 'http://here')).toBe(`\
  stores   1 completed   1 failed
  images   2 completed   1 failed   0 → 1 skipped

newly failing  1
  S2  image 2 of 3  was not there, now 404 Not Found  http://here/status/404

newly passing  1
  S1  image 1 of 1  was 500 Internal Server Error, now completed  http://here/flaky/1?…

added  2
  S2  image 2 of 3  404 Not Found  http://here/status/404
  S2  image 3 of 3  skipped        http://here/png/3x3

removed  1
  S1  image 1 of 2  was completed  http://here/png/1x1
`);
  });

  it('is 0 where all that differs is better', async () => {
    const stores = oneStore(failsOnce('better'), png('1x1'));
    await runStores('old.json', stores);
    await runStores('new.json', stores);
    const { code, found } = await diffJson('old.json', 'new.json');
    expect(code).toBe(0);
    expect(found).toMatchObject({ worse: false, summary: { newly_passing: 2, newly_failing: 0 } });
  });

  it('is 0 where an image was removed, and one that changes and fails nowhere was added', async () => {
    await runStores('old.json', oneStore(png('1x1')));
    await runStores('new.json', oneStore(png('2x2')));
    const { code, found } = await diffJson('old.json', 'new.json');
    expect(code).toBe(0);
    expect(found.summary).toMatchObject({ added: 1, removed: 1, changed: 0 });
  });

  it('is 0 and one line between a document and itself', async () => {
    await runStores('a.json', runs.mixedManifest().stores);
    const { code, stdout } = await imgjob(['diff', '--slower', '0%', 'a.json', 'a.json']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^no image got worse or better, changed, came or went: .*\n$/);
  });

  it('reads NDJSON, what jq laid out, and JSON alike', async () => {
    await runStores('a.json', runs.mixedManifest().stores);
    await inShell(
      'imgjob results spring-audit --format ndjson > a.ndjson; jq . a.json > pretty.json',
    );
    for (const name of ['a.ndjson', 'pretty.json']) {
      expect((await diffJson('a.json', name)).code).toBe(0);
      expect((await diffJson(name, 'a.json')).found.worse).toBe(false);
    }
  });
});

describe('--slower', () => {
  it('names downloads that took longer; alone they are 1', async () => {
    let wait = 0;
    const server = createServer(async (_, response) => {
      await delay(wait);
      response.end(makePng(4, 3));
    });
    const { port, close } = await listen(server);
    const stores = oneStore(`http://127.0.0.1:${port}/a.png`);
    await runStores('old.json', stores);
    wait = 400;
    await runStores('new.json', stores);
    await close();

    expect((await diffJson('old.json', 'new.json')).code).toBe(0);
    const { code, found } = await diffJson('--slower', '20%', 'old.json', 'new.json');
    expect(code).toBe(1);
    expect(found.summary.slower).toBe(1);
    expect(found.slower[0].after.download_ms).toBeGreaterThanOrEqual(395);
    expect((await diffJson('--slower', '20%', 'new.json', 'old.json')).code).toBe(0);
  });

  it.each([
    ['20', 'Expected a share like 20%. Did you mean 20%?'],
    ['fast', 'Expected a share like 20%.'],
    ['-5%', 'Expected a share like 20%.'],
    ['', 'Expected a share like 20%.'],
  ])('refuses %j', async (share, message) => {
    const { code, stderr } = await imgjob(['diff', `--slower=${share}`, 'a.json', 'b.json']);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('--json', () => {
  it('goes through jq', async () => {
    await runStores('old.json', oneStore(png('1x1'), png('2x2')));
    await runStores('new.json', oneStore(runs.at('/status/404?token=hush'), png('1x1')));
    const { stdout } = await inShell(
      "imgjob diff --json old.json new.json | jq -r '.newly_failing[].url, .summary.newly_skipped'",
    );
    expect(stdout).toBe(`${runs.at('/status/404?token=hush')}\n1\n`);
  });

  it('has all images of a category, which people are not shown', async () => {
    const stores = oneStore(...Array.from({ length: 30 }, (_, index) => png(`1x${index + 1}`)));
    await runStores('old.json', []);
    await runStores('new.json', stores);
    const { found } = await diffJson('old.json', 'new.json');
    expect(found.added).toHaveLength(30);
    const { stdout } = await imgjob(['diff', 'old.json', 'new.json']);
    expect(stdout).toMatch(/and 10 more \(--json has all\)\n$/);
  });
});

describe('a reader that closes', () => {
  it.each(['', '--json'])('ends it quietly, and changes no exit code: %s', async (option) => {
    await runStores('old.json', oneStore(png('1x1')));
    const stores = [store(Array.from({ length: 20_000 }, () => failed()))];
    runs.workspace.write('big.json', { ...documentOf(stores).head, stores });
    const { stdout, stderr } = await inShell(
      `(imgjob diff ${option} old.json big.json; echo $? > code) | head -n 1`,
    );
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
    expect(readFileSync(runs.workspace.path('code'), 'utf8')).toBe('1\n');
  });
});

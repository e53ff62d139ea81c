import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fieldOf, proposals, setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;
const { explain, png, runStores } = setUpExplain(runs, kept);

describe('an image that failed', () => {
  it('is explained with what was skipped, its line of the manifest, and what would change it', async () => {
    await runStores([
      { store_id: 'S0030', images: [png('1x1')] },
      { store_id: 'S0031', images: [png('2x2'), runs.at('/status/404'), png('3x3'), png('4x4')] },
    ]);
    const said = await explain('spring-audit', runs.at('/status/404'));
    const line =
      1 +
      kept
        .manifest('spring-audit')
        .split('\n')
        .findIndex((one) => one.includes('404'));
    expect(line).toBe(14);
    expect(said.split('\n')).toEqual([
      'S0031, image 2 of 4: failed',
      `  why       http-status: 404 Not Found (${runs.server.host})`,
      `  url       ${runs.at('/status/404')}`,
      '  manifest  m.json:14:9  stores[1].images[1]',
      expect.stringMatching(/^ {2}attempts {2}1 in \d+ ms on 20\d\d-\d\d-\d\d, UTC$/),
      expect.stringMatching(/^ {4}1 {7}\d\d:\d\d:\d\d\.\d{3} {2}404 from 127.+, 0 B in \d+ ms$/),
      '  skipped   2 images of S0031 after it',
      '  change    correct the URL in the manifest:',
      expect.stringMatching(/^ {14}imgjob run --reuse m\.json --sleep 0/),
      '            or work on the other images of its store all the same:',
      '              imgjob resume spring-audit --retry-failed --keep-going',
      expect.stringMatching(/^ {2}repeat {4}curl /),
      '',
    ]);
  });

  it('has every attempt with its time, status, bytes and wait', async () => {
    const args = ['--retries', '2', '--retry-delay', '20ms'];
    await runStores([{ store_id: 'S1', images: [runs.at('/status/503')] }], args);
    const said = await explain('spring-audit', 'S1');
    const attempts = [...said.matchAll(/^ {4}(\d) {7}(\S+) {2}503 from \S+, 0 B in \d+ ms(.*)$/gm)];
    expect(attempts.map(([, number, , wait]) => [number, wait?.replace(/\d+/, 'N')])).toEqual([
      ['1', ', then waited N ms'],
      ['2', ', then waited N ms'],
      ['3', ''],
    ]);
    const times = attempts.map(([, , time]) => time ?? '');
    expect(times).toEqual([...times].sort());
    const [image] = kept.readOutput().stores[0]?.images ?? [];
    expect(image?.started_at?.slice(11, 23)).toBe(times[0]);
    expect(proposals(said)).toEqual([
      'imgjob resume spring-audit --retry-failed --max-per-host 4 --rate 10/s --retries 5',
    ]);
  });

  it('has the attempts of its last try alone', async () => {
    await runStores([{ store_id: 'S1', images: [runs.at('/status/503')] }], ['--retries', '3']);
    await imgjob(['resume', 'spring-audit', '--retry-failed', '--retries', '1', '-o', 'out.json']);
    const said = await explain('spring-audit', 'S1');
    expect(fieldOf(said, 'attempts')).toMatch(/^2 in /);
    expect(said.match(/^ {4}\d .*$/gm)?.length).toBe(2);
    expect(said).not.toContain('not to be found');
  });

  it('that took too long may have twice the time', async () => {
    const args = ['--timeout', '150ms', '--retries', '0'];
    await runStores([{ store_id: 'S1', images: [runs.at('/stall')] }], args);
    const said = await explain('spring-audit', 'S1');
    expect(fieldOf(said, 'why')).toBe(`timeout: not complete after 0.15 s (${runs.server.host})`);
    expect(proposals(said)).toEqual(['imgjob resume spring-audit --retry-failed --timeout 300ms']);
  });

  it('that has no byte may be waited for longer', async () => {
    const args = ['--stall-timeout', '100ms', '--retries', '0'];
    await runStores([{ store_id: 'S1', images: [runs.at('/stall-body')] }], args);
    const said = await explain('spring-audit', 'S1');
    expect(fieldOf(said, 'why')).toContain('timeout: no data for 0.1 s');
    expect(proposals(said)).toEqual([
      'imgjob resume spring-audit --retry-failed --stall-timeout 200ms',
    ]);
  });

  it('that is corrupt was received all the same', async () => {
    await runStores([{ store_id: 'S1', images: [runs.at('/gzip-broken'), png('1x1')] }]);
    const said = await explain('spring-audit', 'S1');
    expect(fieldOf(said, 'why')).toContain('corrupt-image: the body is not valid gzip');
    expect(said).toMatch(/^ {4}1 .* 200 corrupt-image from /m);
    expect(said).toContain('have the file replaced:');
  });

  it('for its URL has nothing that could be repeated', async () => {
    await runStores([{ store_id: 'S1', images: ['http://x y/'] }]);
    const said = await explain('spring-audit', 'http://x y/');
    expect(fieldOf(said, 'why')).toBe('invalid-url: not a valid URL: its host has a blank');
    expect(said).not.toContain('repeat');
    expect(fieldOf(said, 'change')).toBe('correct the URL in the manifest:');
  });
});

describe('a URL', () => {
  it('is told wherever it comes, also where it completed', async () => {
    const url = png('30x20');
    await runStores([
      { store_id: 'S1', images: [url] },
      { store_id: 'S2', images: [runs.at('/status/404'), url] },
    ]);
    const said = await explain('spring-audit', url);
    expect(said.match(/^\S.*$/gm)).toEqual([
      'S1, image 1 of 1: completed',
      'S2, image 2 of 2: skipped',
    ]);
    expect(fieldOf(said, 'size')).toMatch(/^30 x 20 pixels, png, \d+ B$/);
    expect(said).toMatch(/^ {4}1 .* 200, \d+ B in \d+ ms, then \d+ ms of work$/m);
    expect(said).toContain(
      '  why       image 1 of its store failed with http-status: 404 Not Found',
    );
  });

  it('stands on the line of its store in NDJSON', async () => {
    const lines = [
      { store_id: 'S1', images: [png('1x1')] },
      { store_id: 'S2', images: [png('1x1'), runs.at('/status/404')] },
    ].map((store) => JSON.stringify(store));
    const path = runs.workspace.write('m.ndjson', `\n${lines.join('\n\n')}\n`);
    await runs.run(['--job-id', 'spring-audit', '-o', 'out.json', path]);
    const column = 1 + (lines[1]?.indexOf(`"${runs.at('/status/404')}"`) ?? 0);
    const place = async () => fieldOf(await explain('spring-audit', 'S2'), 'manifest');
    const inCopy = `manifest.ndjson:4:${column}  stores[1].images[1]`;
    const copy = join(runs.workspace.state, 'jobs/spring-audit', inCopy);
    expect(await place()).toBe(inCopy.replace('manifest', 'm'));
    runs.workspace.write('m.ndjson', lines[1] ?? '');
    expect(await place()).toBe(`${copy}  (m.ndjson has changed since)`);
    rmSync(path);
    expect(await place()).toBe(`${copy}  (m.ndjson is gone)`);
  });

  it('stands in the copy of a manifest that was no file', async () => {
    const stores = [{ store_id: 'S1', images: [runs.at('/status/404')] }];
    const stdin = JSON.stringify({ job_id: 'spring-audit', stores });
    await runs.run(['-o', 'out.json', '-'], { stdin });
    expect(fieldOf(await explain('spring-audit', 'S1'), 'manifest')).toMatch(
      /jobs\/spring-audit\/manifest\.json:1:\d+ {2}stores\[0\]\.images\[0\]$/,
    );
  });

  it('and a store id with control characters do nothing to the terminal', async () => {
    const store_id = 'S\u001b]0;owned\u0007\u202e1\n2';
    const url = runs.at('/none/\u001b[2J');
    await runStores([{ store_id, images: [url] }]);
    const expected = 'S]0;owned12, image 1 of 1: failed\n';
    for (const target of [store_id, 'S]0;owned12', url]) {
      const said = await explain('spring-audit', target);
      expect(said).toContain(expected);
      expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });
});

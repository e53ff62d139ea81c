import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldOf, proposals, setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { imgjob } = kept;
const { explain, explainAlone, inShell, png, runStores } = setUpExplain(runs, kept);

describe('the commands that are proposed', () => {
  it('repeat the request with the same outcome', async () => {
    await runStores([{ store_id: 'S1', images: [runs.at("/none/it's")] }]);
    const repeat = fieldOf(await explain('spring-audit', 'S1'), 'repeat');
    runs.server.requests.length = 0;
    const { code, stdout } = await inShell(repeat);
    expect({ code, stdout }).toEqual({
      code: 22,
      stdout: expect.stringMatching(/^404, \d+ B in /),
    });
    const [request] = runs.server.requests;
    expect(request?.path).toBe("/none/it's");
    expect(request?.headers['user-agent']).toMatch(/^imgjob\//);
    expect(request?.headers.accept).toBe('image/*,*/*;q=0.8');
  });

  it('repeat it within the same limits', async () => {
    const args = ['--timeout', '150ms', '--retries', '0', '--max-redirects', '1'];
    const images = [runs.at('/stall')];
    const stores = [
      { store_id: 'S1', images },
      { store_id: 'S2', images: [runs.at('/redirect/2')] },
    ];
    await runStores(stores, args);
    const stalled = await inShell(fieldOf(await explain('spring-audit', 'S1'), 'repeat'));
    expect(stalled).toMatchObject({
      code: 28,
      stdout: expect.stringMatching(/^000, 0 B in \d/),
    });
    const redirected = await inShell(fieldOf(await explain('spring-audit', 'S2'), 'repeat'));
    expect(redirected.code).toBe(47);
  });

  it('repeat it without showing its credentials or query, of a job and of each kind of file', async () => {
    const secret = runs.at('/status/404?token=hush&x=[1]').replace('http://', 'http://me:pass@');
    const stores = [
      { store_id: 'S1', images: [] },
      { store_id: 'S2', images: [png('1x1'), secret] },
    ];
    await runStores(stores);
    const { stdout: lines } = await imgjob(['results', 'spring-audit', '--format', 'ndjson']);
    writeFileSync(runs.workspace.path("it's out.ndjson"), lines);
    for (const said of [
      await explain('spring-audit'),
      await explain('spring-audit', 'S2'),
      await explain('spring-audit', secret),
      await explain('spring-audit', runs.at('/status/404?…')),
      await explainAlone('out.json'),
      await explainAlone("it's out.ndjson"),
    ]) {
      expect(said).not.toMatch(/hush|pass/);
      runs.server.requests.length = 0;
      const { code, stdout } = await inShell(fieldOf(said, 'repeat'));
      expect({ code, stdout }).toEqual({ code: 22, stdout: expect.stringMatching(/^404, /) });
      const [request] = runs.server.requests;
      expect(request?.url).toBe('/status/404?token=hush&x=[1]');
      expect(request?.headers.authorization).toBe(`Basic ${btoa('me:pass')}`);
    }
  });

  it('go on with the job, with another outcome', async () => {
    const args = ['--max-redirects', '1'];
    await runStores([{ store_id: 'S1', images: [runs.at('/redirect/3'), png('1x1')] }], args);
    const [more, keepGoing] = proposals(await explain('spring-audit', 'S1'));
    expect(more).toContain('--max-redirects 10');
    expect(await inShell(`${keepGoing} -o out.json`)).toMatchObject({ code: 1 });
    expect(kept.readOutput().summary.images).toMatchObject({ completed: 1, failed: 1 });
    expect(await inShell(`${more} -o out.json`)).toMatchObject({ code: 0 });
    expect(await explain('spring-audit')).toMatch(/^spring-audit: completed, 2 images of 1 store/);
  });

  it('give the headers again that the job had, whose values are not kept', async () => {
    await runStores([{ store_id: 'S1', images: [runs.at('/status/401')] }], ['-H', 'X-Key: hush']);
    const said = await explain('spring-audit', 'S1');
    expect(said).not.toContain('hush');
    const [command = ''] = proposals(said);
    expect(command).toBe(
      'imgjob resume spring-audit --retry-failed -H "Authorization: $AUTHORIZATION_HEADER" -H "X-Key: $X_KEY_HEADER"',
    );
    const variables = 'AUTHORIZATION_HEADER=x X_KEY_HEADER=x';
    expect(await inShell(`export ${variables}; ${command} -o out.json`)).toMatchObject({ code: 1 });
    const { headers } = runs.server.requests.at(-1) ?? {};
    expect(headers).toMatchObject({ authorization: 'x', 'x-key': 'x' });
    expect(fieldOf(said, 'repeat')).toContain('-H "X-Key: $X_KEY_HEADER"');
  });

  it('name the state folder where it is not the usual one', async () => {
    const place = runs.workspace.path("it's here");
    const stores = [{ store_id: 'S1', images: [runs.at('/status/404?x'), png('1x1')] }];
    await runStores(stores, ['--state-dir', place]);
    const said = await explain('spring-audit', '--state-dir', place);
    const { code, stdout } = await inShell(fieldOf(said, 'repeat'));
    expect({ code, stdout }).toEqual({ code: 22, stdout: expect.stringMatching(/^404, /) });
    const [, keepGoing] = proposals(said);
    await inShell(`${keepGoing} -o out.json`);
    expect(kept.readOutput().summary.images).toMatchObject({ completed: 1, failed: 1 });
  });

  it('have options that imgjob resume --help lists', async () => {
    const { stdout: help } = await imgjob(['resume', '--help']);
    const images = ['/status/401', '/status/503', '/stall', '/redirect/9', '/short', '/endless'];
    const args = ['--timeout', '2s', '--retries', '0', '--max-bytes', '100kB'];
    const stores = images.map((path, index) => ({
      store_id: `S${index}`,
      images: [runs.at(path), png('1x1')],
    }));
    await runStores(stores, args);
    const options = new Set((await explain('spring-audit')).match(/ -(?:H|-[a-z-]+)(?= )/g));
    const proposed = proposals(await explain('spring-audit')).join(' ');
    const names = new Set(`${proposed} `.match(/ -(?:H|-[a-z-]+)(?= )/g));
    expect(names.size).toBeGreaterThan(7);
    expect(options.size).toBeGreaterThan(names.size);
    for (const name of names) expect(help).toMatch(new RegExp(`${name}[ ,]`));
  });
});

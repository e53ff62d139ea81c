import { expect, it } from 'vitest';
import { setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { explain, explainAlone, png, runStores } = setUpExplain(runs, kept);

it('explain tells of every failed image, and of what programs want to know', async () => {
  const failing = Array.from({ length: 6 }, (_, image) => runs.at(`/status/404?${image}`));
  await runStores(
    [
      { store_id: 'S1', images: [png('1x1'), ...failing] },
      { store_id: 'S2', images: [runs.at('/status/503'), png('2x2')] },
    ],
    ['--keep-going', '--retries', '1'],
  );
  expect((await explain('spring-audit')).match(/^S\d, image .*$/gm)).toHaveLength(2);
  const all = await explain('spring-audit', '--all');
  expect(all.match(/^S\d, image \d+ of \d: failed$/gm)).toEqual([
    ...[2, 3, 4, 5, 6, 7].map((image) => `S1, image ${image} of 7: failed`),
    'S2, image 1 of 2: failed',
  ]);

  const said = await explain('spring-audit', '--all', '--json');
  // A line for each image.
  expect(said.match(/^ {4}\{"store_id":"S\d",.*$/gm)).toHaveLength(7);
  const { causes, images, ...job } = JSON.parse(said);
  expect(job).toMatchObject({ schema_version: 1, job_id: 'spring-audit', state: 'failed' });
  expect(causes).toMatchObject([
    { code: 'http-status', http_status: 404, failures: 6, first: { store_id: 'S1', image: 1 } },
    { code: 'http-status', http_status: 503, failures: 1, first: { store_id: 'S2', image: 0 } },
  ]);
  expect(images[0]).toMatchObject({
    ...{ store_id: 'S1', store: 0, image: 1, url: failing[0], status: 'failed', attempts: 1 },
    ...{ retries: [], skipped_after: 0, stopped_by: null },
    manifest: { file: 'm.json', line: 8, column: 9, path: 'stores[0].images[1]', note: null },
    changes: [
      {
        ...{ what: 'correct the URL in the manifest', by: 'run', options: [] },
        command: expect.stringMatching(/^imgjob run --reuse m\.json /),
      },
    ],
  });
  const [retry] = images[6].retries;
  expect(Object.keys(retry)).toEqual([
    't',
    'attempt',
    'code',
    'http_status',
    'host',
    'bytes',
    'download_ms',
    'wait_ms',
  ]);
  expect(images[6].changes[0].command).toMatch(/^imgjob resume spring-audit --retry-failed --max/);

  const firsts = JSON.parse(await explain('spring-audit', '--json'));
  expect(firsts.images).toHaveLength(2);
  const store = JSON.parse(await explain('spring-audit', 'S2', '--json'));
  expect(store).toMatchObject({ found_stores: 1, stores: [{ failed: 1, completed: 1 }] });
  expect(store.images).toMatchObject([{ store_id: 'S2', image: 0 }]);
  const alone = JSON.parse(await explainAlone('out.json', '--json', png('2x2')));
  expect(alone.images).toMatchObject([
    { width: 2, retries: null, manifest: { file: null, line: null } },
  ]);
});

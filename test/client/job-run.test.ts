import { expect, it } from 'vitest';
import { readManifest } from '../../src/api/read-manifest.ts';
import { createRemoteRun } from '../../src/client/job-run.ts';
import { createServerClient } from '../../src/client/server-client.ts';
import { chooseProgress } from '../../src/progress/choose-progress.ts';
import { detectStyle } from '../../src/terminal/style.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';
import { createTerminal } from '../support/terminal.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

it('shows a job of a server with the bars of a run: one for it, one for each store at work', async () => {
  const { url } = await serve();
  const path = runs.workspace.write('m.json', kept.hangingManifest());
  const body = JSON.stringify(kept.hangingManifest());
  expect((await ask(`${url}/api/v1/jobs`, { method: 'POST', body })).status).toBe(201);
  const run = createRemoteRun(createServerClient({ url, token: null }));
  const terminal = createTerminal(80, 10);
  const env = { LANG: 'en_US.UTF-8' };
  const view = { stream: terminal.stream, run, elapsed: () => performance.now(), env };
  const progress = await chooseProgress('bars', view, detectStyle(terminal.stream, env));
  const manifest = await readManifest(path);
  const following = run.follow(manifest, progress, new AbortController().signal);
  await expect
    .poll(async () => (await terminal.screen()).join('\n'))
    .toMatch(/^spring-audit .* 4\/6 images.*\n {2}S2 .* 2\/4 {2}download$/);
  await ask(`${url}/api/v1/jobs/spring-audit/cancel`, { method: 'POST' });
  const reducer = await following;
  progress.stop();
  await manifest.close();
  expect([reducer.status(), run.activities]).toEqual(['ongoing', []]);
});

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { stateOf, submit, v1 } from '../support/served-jobs.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);
const { imgjob } = kept;

it('a job that waits on a server is left to that by the command line, as long as the server lives', async () => {
  const service = await serve(['--max-jobs', '1']);
  const { url } = service;
  const bad = { job_id: 'bad', stores: [{ store_id: 'S1', images: [runs.at('/status/404')] }] };
  await submit(url, bad);
  await expect.poll(() => stateOf(url, 'bad')).toBe('failed');
  const { stdout } = await imgjob(['explain', 'bad']);
  expect(stdout).toContain('hand the manifest in to its server again');
  expect(stdout).not.toMatch(/--retry-failed|--reuse/);
  await ask(v1(url, '/bad'), { method: 'DELETE' });

  await submit(url, kept.hangingManifest('busy'));
  await submit(url, runs.goodManifest('waits'));
  expect(await stateOf(url, 'waits')).toBe('queued');
  expect((await imgjob(['status'])).stdout).toMatch(/^waits +queued +1 +2 /m);
  const one = await imgjob(['status', 'waits']);
  expect(one.stdout).toMatch(/^queued {2}waits {2}0 of 2 images .*\n[\s\S]* server +pid \d+ on /);
  expect(one.stdout).not.toContain('imgjob resume');
  const explained = await imgjob(['explain', 'waits']);
  expect(explained.stdout).toMatch(
    /^waits: queued, 0 of 2 images in .*: 2 pending, none failed\n$/,
  );
  expect((await imgjob(['report', 'waits'])).stdout).toContain('>queued</span></h1>');
  const path = runs.workspace.write('m.json', runs.goodManifest('waits'));
  for (const args of [
    ['rm', 'WAITS'],
    ['resume', 'waits'],
    ['run', '--force', path],
  ]) {
    const { code, stderr } = await imgjob(args);
    expect([args, code, stderr]).toEqual([
      ...[args, 3, expect.stringContaining('the job waits waits for its turn on a server: pid ')],
    ]);
    expect(stderr).toContain('Cancel it there first');
  }
  expect(kept.has('waits')).toBe(true);
  await ask(v1(url, '/waits/cancel'), { method: 'POST' });
  expect((await imgjob(['explain', 'waits'])).stdout).toContain(
    'go on     on its page of the server, or by POST /api/v1/jobs/waits/resume',
  );
  expect((await imgjob(['rm', 'waits'])).code).toBe(0);
  expect((await ask(v1(url, '/waits'))).status).toBe(404);

  for (const job_id of ['gone', 'left']) await submit(url, runs.goodManifest(job_id));
  rmSync(join(runs.workspace.state, 'jobs', 'gone'), { recursive: true });
  expect((await ask(v1(url, '/gone'))).status).toBe(404);
  const { json } = await ask(v1(url));
  expect(json.jobs.map(({ job_id }: { job_id: string }) => job_id)).toEqual(['left', 'busy']);
  await service.end('SIGKILL');
  expect((await imgjob(['status'])).stdout).toMatch(/^left +interrupted /m);
  expect((await imgjob(['resume', 'left', '-o', 'o.json'])).code).toBe(0);
});

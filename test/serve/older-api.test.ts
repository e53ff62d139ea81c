import { describe, expect, it } from 'vitest';
import { runShell } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
keptJobs(runs);
const serve = setUpServices(runs);

const visit = (store_id: string, ...paths: string[]) => ({
  store_id,
  image_url: paths.map((path) => runs.at(path)),
  visit_time: '2026-03-01T09:30:00Z',
});

const submit = (url: string, body: unknown) => ask(`${url}/api/submit`, { method: 'POST', body });

async function whenEnded(url: string, job_id: string) {
  return expect
    .poll(async () => (await ask(`${url}/api/status?jobid=${job_id}`)).json.status)
    .not.toBe('ongoing');
}

describe('the older service’s API', () => {
  it('takes visits and tells how they stand, with curl as its README would have used it', async () => {
    const { url } = await serve();
    const body = JSON.stringify({ count: 1, visits: [visit('S1', '/png/4x3')] });
    const script = `
      curl -s -w '%{http_code}\\n' -X POST ${url}/api/submit -d '${body}' | tee answer
      id=$(head -1 answer | jq -r .job_id)
      for i in $(seq 100); do
        status=$(curl -s "${url}/api/status?jobid=$id"); case $status in *ongoing*) sleep 0.1;; *) break;; esac
      done
      echo "$status" | jq -c 'del(.job_id)'`;
    const { stdout } = await runShell(script, { cwd: runs.workspace.folder });
    expect(stdout).toMatch(/^\{"job_id":"[\w-]+"\}\n201\n\{"status":"completed","error":\[\]\}\n$/);
  });

  it('names the stores that failed', async () => {
    const { url } = await serve();
    const visits = [visit('S1', '/png/4x3'), visit('S2', '/png/1x1', '/status/404')];
    const { status, json } = await submit(url, { count: 2, visits });
    expect(status).toBe(201);
    expect(Object.keys(json)).toEqual(['job_id']);
    await whenEnded(url, json.job_id);
    const answer = await ask(`${url}/api/status?jobid=${json.job_id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      status: 'failed',
      job_id: json.job_id,
      error: [{ store_id: 'S2', error: expect.stringContaining('404 Not Found') }],
    });
  });

  it('has an empty list of errors while the job is ongoing', async () => {
    const { url } = await serve();
    const { json } = await submit(url, { count: 1, visits: [visit('S1', '/gate')] });
    const answer = await ask(`${url}/api/status?jobid=${json.job_id}`);
    expect(answer.json).toEqual({ status: 'ongoing', job_id: json.job_id, error: [] });
    gate.isOpen = true;
  });

  it.each([
    ['bad JSON', '{"count":'],
    ['nothing', ''],
    ['a count that is another one', { count: 2, visits: [{ store_id: 'S1', image_url: [] }] }],
    ['no count', { visits: [] }],
    ['no visits', { count: 0 }],
    ['the newer form', { count: 0, stores: [] }],
    ['a visit without a store', { count: 1, visits: [{ image_url: [] }] }],
    ['images that are no list', { count: 1, visits: [{ store_id: 'S1', image_url: 'x' }] }],
    ['null', 'null'],
    ['a list', []],
  ])('refuses %s with an error', async (_, body) => {
    const { url } = await serve();
    const { status, json } = await submit(url, body);
    expect(status).toBe(400);
    expect(json).toEqual({ error: expect.stringMatching(/./) });
  });

  it('knows no other job, and says so', async () => {
    const { url } = await serve();
    for (const query of ['?jobid=none', '', '?jobid=', '?jobid=..%2f..%2fetc']) {
      const { status, json } = await ask(`${url}/api/status${query}`);
      expect([status, json]).toEqual([400, { error: 'job not found' }]);
    }
  });

  it('takes paths with a slash at the end for the same', async () => {
    const { url } = await serve();
    const { status, json } = await ask(`${url}/api/submit/`, {
      method: 'POST',
      body: { count: 0, visits: [] },
    });
    expect(status).toBe(201);
    await whenEnded(url, json.job_id);
    expect((await ask(`${url}/api/status/?jobid=${json.job_id}`)).json.status).toBe('completed');
  });

  it('greets programs with a message', async () => {
    const { url } = await serve();
    expect((await ask(`${url}/`)).json).toEqual({ message: expect.any(String) });
  });
});

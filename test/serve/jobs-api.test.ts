import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { stateOf, submit, v1, whenAtRest } from '../support/served-jobs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

describe('results', () => {
  async function withResults() {
    const { url } = await serve();
    await submit(url, runs.mixedManifest());
    await whenAtRest(url, 'spring-audit');
    return v1(url, '/spring-audit/results');
  }

  it('are those that the command line writes, in both formats', async () => {
    const url = await withResults();
    const json = await ask(url);
    const printed = await kept.imgjob(['results', 'spring-audit']);
    expect(json.text).toBe(printed.stdout);
    expect(parseResults(json.text).status).toBe('failed');
    const lines = await ask(url, { headers: { accept: 'application/x-ndjson' } });
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson');
    const printedLines = await kept.imgjob(['results', 'spring-audit', '--format', 'ndjson']);
    expect(lines.text).toBe(printedLines.stdout);
  });

  it('are asked for again with their ETag, and come compressed', async () => {
    const url = await withResults();
    const plain = await ask(url, { headers: { 'accept-encoding': 'identity' } });
    const etag = plain.headers.get('etag') ?? '';
    const known = await ask(url, {
      headers: { 'if-none-match': etag, 'accept-encoding': 'identity' },
    });
    expect([known.status, known.text]).toEqual([304, '']);
    const { request } = await import('undici');
    const zipped = await request(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers.etag).not.toBe(etag);
    const bytes = Buffer.from(await zipped.body.arrayBuffer());
    expect(gunzipSync(bytes).toString('utf8')).toBe(plain.text);
  });

  it('are there as a page and as JUnit XML', async () => {
    const url = await withResults();
    const page = await ask(url.replace('results', 'report.html'));
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('id="timeline"');
    const junit = await ask(url.replace('results', 'junit.xml'));
    expect(junit.text).toContain('<testsuites name="spring-audit"');
  });

  it('come to nobody by a path that leads elsewhere', async () => {
    const url = await withResults();
    for (const id of ['..%2f..%2fx', '%2e%2e', 'none', '%00', 'a'.repeat(5000), '%E0%A4%A']) {
      const { status } = await ask(url.replace('spring-audit', id));
      expect([id, status]).toEqual([id, 404]);
    }
  });
});

describe('a job', () => {
  it('is cancelled, resumed and removed', async () => {
    const { url } = await serve();
    await submit(url, kept.hangingManifest());
    await expect.poll(async () => (await ask(v1(url))).json.jobs[0].progress?.images_done).toBe(4);
    const running = await ask(v1(url, '/spring-audit'), { method: 'DELETE' });
    expect([running.status, running.json.code]).toEqual([409, 'job-running']);
    const cancelled = await ask(v1(url, '/spring-audit/cancel'), { method: 'POST' });
    expect(cancelled.json).toMatchObject({ status: 'ongoing', state: 'cancelled' });
    expect(await stateOf(url, 'spring-audit')).toBe('cancelled');
    gate.isOpen = true;
    const before = kept.requested().length;
    const resumed = await ask(v1(url, '/spring-audit/resume'), { method: 'POST' });
    expect(resumed.status).toBe(202);
    await whenAtRest(url, 'spring-audit');
    expect(await stateOf(url, 'spring-audit')).toBe('completed');
    expect(kept.requested().slice(before)).toEqual(['/gate', '/png/5x5']);
    const over = await ask(v1(url, '/spring-audit/cancel'), { method: 'POST' });
    expect([over.status, over.json.code]).toEqual([409, 'job-ended']);
    const removed = await ask(v1(url, '/spring-audit'), { method: 'DELETE' });
    expect(removed.status).toBe(204);
    expect((await ask(v1(url, '/spring-audit'))).status).toBe(404);
    expect(kept.has('spring-audit')).toBe(false);
  });

  it('does its failed stores again', async () => {
    const { url } = await serve();
    const images = [runs.at('/flaky/1?of=serve-retry&status=404')];
    await submit(url, { job_id: 'again', stores: [{ store_id: 'S1', images }] });
    await whenAtRest(url, 'again');
    expect(await stateOf(url, 'again')).toBe('failed');
    const resumed = await ask(v1(url, '/again/resume'), { method: 'POST' });
    expect(resumed.json.code).toBe('job-ended');
    const retried = await ask(v1(url, '/again/retry-failed'), { method: 'POST' });
    expect(retried.status).toBe(202);
    await whenAtRest(url, 'again');
    expect(await stateOf(url, 'again')).toBe('completed');
  });
});

describe('the list', () => {
  it('has the newest first, a page at a time, of one state where that is asked', async () => {
    const { url } = await serve();
    for (const job_id of ['a', 'b', 'c', 'd', 'e']) await submit(url, { job_id, stores: [] });
    await submit(url, kept.hangingManifest('busy'));
    await whenAtRest(url, 'e');
    const first = await ask(v1(url, '?limit=4'));
    expect(first.json.jobs.map((job: { job_id: string }) => job.job_id)).toEqual([
      ...['busy', 'e', 'd', 'c'],
    ]);
    const rest = await ask(v1(url, `?limit=4&after=${encodeURIComponent(first.json.next)}`));
    expect(rest.json.jobs.map((job: { job_id: string }) => job.job_id)).toEqual(['b', 'a']);
    expect(rest.json.next).toBeNull();
    const running = await ask(v1(url, '?state=running'));
    expect(running.json.jobs).toMatchObject([{ job_id: 'busy', state: 'running' }]);
    expect((await ask(v1(url, '?status=failed'))).json.jobs).toEqual([]);
    for (const query of ['?limit=0', '?limit=x', '?limit=501', '?state=great', '?status=x']) {
      expect([query, (await ask(v1(url, query))).status]).toEqual([query, 400]);
    }
  });
});

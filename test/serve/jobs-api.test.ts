import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

const v1 = (url: string, path = '') => `${url}/api/v1/jobs${path}`;

function submit(url: string, body: unknown, query = '', headers: Record<string, string> = {}) {
  const typed = { 'content-type': 'application/json', ...headers };
  return ask(v1(url, query), { method: 'POST', body, headers: typed });
}

const stateOf = async (url: string, job_id: string) =>
  (await ask(v1(url, `/${job_id}`))).json.state;

const whenAtRest = (url: string, job_id: string) =>
  expect.poll(() => stateOf(url, job_id)).not.toMatch(/queued|running/);

describe('a job that is handed in', () => {
  it('is answered with where it is, and runs', async () => {
    const { url } = await serve();
    const { status, headers, json } = await submit(url, runs.mixedManifest());
    expect(status).toBe(201);
    expect(headers.get('location')).toBe('/api/v1/jobs/spring-audit');
    expect(json).toMatchObject({ job_id: 'spring-audit', stores: 3, images: 5, warnings: [] });
    await whenAtRest(url, 'spring-audit');
    const { json: head } = await ask(v1(url, '/spring-audit'));
    expect(head).toMatchObject({
      schema_version: 1,
      ...{ job_id: 'spring-audit', status: 'failed', state: 'failed' },
      errors: [{ store_id: 'S0002' }],
    });
    expect(head).not.toHaveProperty('stores');
  });

  it('may be NDJSON, of which its options and its id stand in the query', async () => {
    const { url } = await serve();
    const line = (store_id: string) => JSON.stringify({ store_id, images: [runs.at('/png/2x2')] });
    const { status, json } = await submit(
      url,
      `${line('S1')}\n${line('S2')}\n`,
      '?job_id=lines&keep_going=true&retries=5',
      { 'content-type': 'application/x-ndjson' },
    );
    expect([status, json.stores]).toEqual([201, 2]);
    await whenAtRest(url, 'lines');
    const [first = ''] = kept.journal('lines').split('\n');
    expect(JSON.parse(first).options).toMatchObject({ keep_going: true, retries: 5, sleep_ms: 0 });
  });

  it('says where its manifest is wrong', async () => {
    const { url } = await serve();
    const { status, headers, json } = await submit(
      url,
      '{\n "stores": [{"store_id": 7, "images": []}]}',
    );
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(json).toMatchObject({ code: 'manifest-invalid', status: 400, title: 'Bad Request' });
    expect(json.problems[0]).toMatchObject({ line: 2, column: 26, path: 'stores[0].store_id' });
  });

  it.each([
    ['?sleep_ms=-1', 'sleep_ms: expected a whole number from 0'],
    ['?timeout_ms=60001', 'timeout_ms: expected at most 60000'],
    ['?keep_going=maybe', 'keep_going: expected true or false'],
    ['?work=/etc/passwd', 'work: there is no such option of a submission'],
    ['?cacert=/etc/passwd', 'cacert: there is no such option'],
    ['?insecure=true', 'insecure: there is no such option'],
    ['?retries=1&retries=2', 'retries: it is given more than once'],
    ['?job_id=../x', 'job_id: expected 1 to 64 of'],
    ['?job_id=', 'job_id: expected 1 to 64 of'],
  ])('may not ask for %s', async (query, why) => {
    const { url } = await serve();
    const { status, json } = await submit(url, runs.goodManifest(), query);
    expect([status, json.code]).toEqual([400, 'usage']);
    expect(json.detail).toContain(why);
    expect((await ask(v1(url))).json.jobs).toEqual([]);
  });

  it('of an id that runs is refused; of one that has ended it takes the place', async () => {
    const { url } = await serve();
    await submit(url, kept.hangingManifest('spring'));
    const again = await submit(url, runs.goodManifest('SPRING'));
    expect([again.status, again.json.code]).toEqual([409, 'job-running']);
    gate.isOpen = true;
    // One that hangs is answered when it is asked for again: there is no such thing here.
    await ask(v1(url, '/spring/cancel'), { method: 'POST' });
    const interrupted = await submit(url, runs.goodManifest('spring'));
    expect([interrupted.status, interrupted.json.code]).toEqual([409, 'job-interrupted']);
    await ask(v1(url, '/spring/resume'), { method: 'POST' });
    await whenAtRest(url, 'spring');
    expect((await submit(url, runs.goodManifest('spring'))).status).toBe(201);
    await whenAtRest(url, 'spring');
    expect((await ask(v1(url, '/spring'))).json.summary.images.total).toBe(2);
  });

  it('with a key is one job, however often it comes', async () => {
    const { url } = await serve();
    const { stores } = runs.goodManifest();
    const key = { 'idempotency-key': 'order 66' };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => submit(url, { stores }, '', key)),
    );
    const ids = new Set(answers.map(({ status, json }) => `${status} ${json.job_id}`));
    expect(ids.size).toBe(1);
    expect((await ask(v1(url))).json.jobs).toHaveLength(1);
    const other = await submit(url, { stores: [] }, '', key);
    expect([other.status, other.json.code]).toEqual([422, 'key-reused']);
  });

  it('gets an id that no other has, however many come at once', async () => {
    const { url } = await serve();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => submit(url, { stores: [] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ json }) => json.job_id)).size).toBe(60);
  });
});

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

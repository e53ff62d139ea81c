import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { submit, v1, whenAtRest } from '../support/served-jobs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpOneService, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);
const shared = setUpOneService();

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

  it.each([
    ['text/csv', (image: string) => `store_id,image_url\nS1,${image}\nS1,${image}\nS2,${image}\n`],
    [
      'text/tab-separated-values; charset=utf-8',
      (image: string) => `store_id\timage_url\nS1\t${image}\nS1\t${image}\nS2\t${image}\n`,
    ],
  ])('may be a table, as %s, which is kept as it is', async (type, table) => {
    const { url } = await serve();
    const text = table(runs.at('/png/2x2'));
    const query = '?job_id=rows';
    const { status, json } = await submit(url, text, query, { 'content-type': type });
    expect([status, json.stores, json.images]).toEqual([201, 2, 3]);
    await whenAtRest(url, 'rows');
    expect((await ask(`${url}/api/v1/jobs/rows`)).json.status).toBe('completed');
  });

  it('may be a list of URLs, and says the line and the column of what is wrong with a table', async () => {
    const { url } = await serve();
    const image = runs.at('/png/2x2');
    const list = await submit(url, `# two\n${image}\n${image}\n`, '', {
      'content-type': 'text/uri-list',
    });
    expect([list.status, list.json.stores]).toEqual([201, 2]);
    const headers = { 'content-type': 'text/csv' };
    const { status, json } = await submit(url, 'store_id,image_url\nS1,a\n,b\n', '', headers);
    expect([status, json.problems]).toEqual([
      400,
      [expect.objectContaining({ line: 3, column: 1, path: 'store_id' })],
    ]);
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
    const table = await submit(url, 'store_id,image_url\nS1,a\n');
    expect(table.json.problems[0].message).toMatch(/looks like CSV \(content-type: text\/csv\)$/);
  });

  it.each([
    ['?sleep_ms=-1', 'sleep_ms: expected a whole number from 0'],
    ['?timeout_ms=60001', 'timeout_ms: expected at most 60000'],
    ['?keep_going=maybe', 'keep_going: expected true or false'],
    ['?work=/etc/passwd', 'work: a submission has no such option'],
    ['?cacert=/etc/passwd', 'cacert: a submission has no such option'],
    ['?insecure=true', 'insecure: a submission has no such option'],
    ['?retries=1&retries=2', 'retries: given more than once'],
    ['?job_id=../x', 'job_id: expected 1 to 64 of'],
    ['?job_id=', 'job_id: expected 1 to 64 of'],
  ])('may not ask for %s', async (query, why) => {
    const url = shared();
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

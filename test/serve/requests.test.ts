import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { submit, v1, whenAtRest } from '../support/served-jobs.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
keptJobs(runs);
const serve = setUpServices(runs);

/** Sends a text as it is; answers what came until the connection was closed. */
function send(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('latin1').on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
  });
}

/** Asks, and answers what is looked at. */
const answerOf = async (url: string, method: string, headers: Record<string, string> = {}) => {
  const { status, headers: given, json } = await ask(url, { method, headers });
  return { status, allow: given.get('allow'), code: json?.code ?? json?.error ?? null };
};

it('a path that is asked for by a method it has not says which it has', async () => {
  const { url } = await serve();
  for (const [path, method, allow] of [
    ['/api/v1/jobs', 'DELETE', 'POST, GET, HEAD, OPTIONS'],
    ['/api/v1/jobs/', 'PUT', 'POST, GET, HEAD, OPTIONS'],
    ['/api/v1/jobs/x', 'PATCH', 'GET, HEAD, DELETE, OPTIONS'],
    ['/api/v1/jobs/x/cancel', 'GET', 'POST, OPTIONS'],
    ['/metrics', 'POST', 'GET, HEAD, OPTIONS'],
    ['/', 'POST', 'GET, HEAD, OPTIONS'],
    ['/login', 'PUT', 'GET, HEAD, POST, OPTIONS'],
  ] as const) {
    const refused = await answerOf(url + path, method);
    expect([path, refused]).toEqual([path, { status: 405, allow, code: 'method-not-allowed' }]);
    const options = await answerOf(url + path, 'OPTIONS');
    expect([path, options]).toEqual([path, { status: 204, allow, code: null }]);
  }
  const older = await answerOf(`${url}/api/submit`, 'GET');
  expect(older).toMatchObject({ status: 405, allow: 'POST, OPTIONS' });
  expect(older.code).toContain('expected one of POST');
  expect(await answerOf(`${url}/none`, 'POST')).toMatchObject({ status: 404 });
  expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200);
});

it('what can’t be read as a request is answered as all else is, and is in the log', async () => {
  const service = await serve();
  const { url } = service;
  for (const [text, status, code] of [
    ['nonsense\r\n\r\n', 400, 'bad-request'],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'bad-request'],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n', 417, 'expectation-failed'],
  ] as const) {
    const answer = await send(url, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*application/problem\\+json`));
    expect(answer).toContain(`"code":"${code}"`);
  }
  // As what looks whether a server lives asks: HAProxy, old monitors, another name.
  expect(await send(url, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  for (const path of ['/readyz', '/metrics']) {
    const asked = `GET ${path} HTTP/1.1\r\nHost: shelf.example\r\nConnection: close\r\n\r\n`;
    expect(await send(url, asked)).toMatch(/^HTTP\/1\.1 200 /);
  }
  const statuses = () => service.said().flatMap(({ status }) => status ?? []);
  await expect.poll(statuses).toEqual([400, 400, 431, 417, 200, 200, 200]);
});

it('an answer that was given up before it began has no status in the log', async () => {
  const service = await serve();
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname, () => {
    socket.write('POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{');
    setTimeout(() => socket.destroy(), 200);
  });
  await expect.poll(() => service.said().at(-1)).toMatchObject({ status: null, cut: true });
});

it('an empty PORT is none', async () => {
  const { url } = await serve([], { PORT: '' });
  expect((await ask(`${url}/healthz`)).status).toBe(200);
});

it('what a client would rather have goes by the qualities that it gives', async () => {
  const { url } = await serve();
  await submit(url, runs.goodManifest('good'));
  await whenAtRest(url, 'good');
  const typeOf = async (path: string, accept: string) =>
    (await ask(url + path, { headers: { accept } })).headers.get('content-type');
  for (const [accept, type] of [
    ['application/json;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['application/x-ndjson;q=0.1, application/json', 'application/json'],
    ['application/x-ndjson;q=0, */*', 'application/json'],
    ['application/json;q=0, */*;q=0.1', 'application/x-ndjson'],
    ['application/jsonl, application/json', 'application/x-ndjson'],
    ['text/x-ndjson', 'application/x-ndjson'],
    ['image/png', 'application/json'],
    ['*/*', 'application/json'],
  ]) {
    const given = await typeOf('/api/v1/jobs/good/results', accept ?? '');
    expect([accept, given]).toEqual([accept, type]);
  }
  for (const [accept, isPage] of [
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['application/json, text/html;q=0.5', false],
    ['text/html;q=0, */*', false],
    ['application/json, text/plain, */*', false],
    ['text/*', true],
  ] as const) {
    expect([accept, await typeOf('/', accept)]).toEqual([
      ...[accept, expect.stringContaining(isPage ? 'text/html' : 'application/json')],
    ]);
  }
  for (const [coding, isGzipped] of [
    ['gzip;q=0', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['br, x-gzip;q=0.5', true],
    ['gzip;q=0.5, identity', false],
    ['identity', false],
  ] as const) {
    const headers = { 'accept-encoding': coding };
    const { headers: given } = await ask(`${url}/api/v1/jobs/good/results`, { headers });
    expect([coding, given.get('content-encoding')]).toEqual([coding, isGzipped ? 'gzip' : null]);
    expect(given.get('cache-control')).toBe('private, no-cache');
  }
});

it('a query or a body that is ambiguous is refused, and types are taken by all their names', async () => {
  const { url } = await serve();
  for (const query of [
    ...[
      '?after=garbage',
      '?after=',
      '?after=1~../x',
      '?limit=1&limit=2',
      '?state=queued&state=failed',
    ],
  ]) {
    const { status, json } = await ask(v1(url, query));
    expect([query, status, json.code]).toEqual([query, 400, 'usage']);
  }
  const twice = await submit(url, { stores: [] }, '?job_id=a&job_id=b');
  expect([twice.status, twice.json.code]).toEqual([400, 'usage']);
  const packed = await submit(url, 'x', '', { 'content-encoding': 'gzip' });
  expect([packed.status, packed.json.code, packed.headers.get('accept-encoding')]).toEqual([
    ...[415, 'unsupported-coding', 'identity'],
  ]);
  for (const [type, body] of [
    ['application/vnd.shelf.v1+json; charset=utf-8', '{"stores": []}'],
    ['application/octet-stream', '{"stores": []}'],
    ['application/x-jsonlines', '{"store_id": "S1", "images": []}\n'],
    ['application/jsonlines', '{"store_id": "S1", "images": []}\n'],
    ['text/x-ndjson', '{"store_id": "S1", "images": []}\n'],
  ] as const) {
    expect([type, (await submit(url, body, '', { 'content-type': type })).status]).toEqual([
      type,
      201,
    ]);
  }
  const missing = await ask(`${url}/api/submit`, { method: 'POST', body: '{"count":0}' });
  expect([missing.status, missing.json]).toEqual([400, { error: 'visits: missing' }]);
  const slashes = await ask(`${url}/api/status//?jobid=none`);
  expect([slashes.status, slashes.json]).toEqual([400, { error: 'job not found' }]);
});

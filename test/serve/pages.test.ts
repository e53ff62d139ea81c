import { describe, expect, it } from 'vitest';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';
import { submitJob } from '../support/service-pages.ts';

const runs = setUpRuns();
const serve = setUpServices(runs);
const TOKEN = 'correct-horse-battery';
const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const logIn = (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${url}/login`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
    redirect: 'manual',
  });

/** The messages of a stream up to one that holds a text. */
async function messagesUntil(url: string, text: string): Promise<Record<string, string>[]> {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  let all = '';
  for await (const chunk of response.body ?? []) {
    all += Buffer.from(chunk).toString('utf8');
    if (all.includes(text) && all.endsWith('\n\n')) break;
  }
  stop.abort();
  return [...all.matchAll(/^data: (.+)$/gm)].map(([, json = '']) => JSON.parse(json));
}

describe('a server asked by a browser', () => {
  it('answers its root as a page, and all others as the older service did', async () => {
    const { url } = await serve();
    const html = await ask(url, { headers: page });
    expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html.headers.get('vary')).toContain('Accept');
    expect(html.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(html.text).not.toMatch(
      /<script(?! type="module" src="\/assets\/)|<style|style=|https?:\/\/(?!img\.example)/,
    );
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
      const { status, json } = await ask(url, { headers });
      expect([status, json]).toEqual([200, { message: expect.stringContaining('imgjob') }]);
    }
  });

  it('has what its pages ask for, and nothing else of that folder', async () => {
    const { url } = await serve();
    const { text } = await ask(url, { headers: page });
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, one]) => one);
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) {
      const first = await ask(url + path);
      expect(first.status).toBe(200);
      const etag = first.headers.get('etag') ?? '';
      expect((await ask(url + path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
    for (const name of ['../package.json', '..%2f..%2fpackage.json', 'table.js', 'x', '']) {
      expect((await ask(`${url}/assets/${name}`)).status, name).toBe(404);
    }
  });

  it.each(['/jobs/none', '/nothing', '/jobs/..%2f..', '/jobs/%00'])(
    'says on a page that there is nothing at %s, and programs as a problem',
    async (path) => {
      const { url } = await serve();
      const html = await ask(url + path, { headers: page });
      expect([html.status, html.headers.get('content-type')]).toEqual([
        404,
        'text/html; charset=utf-8',
      ]);
      expect(html.text).toContain('There is nothing here');
      const { status, headers } = await ask(url + path);
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    },
  );

  it('tells the parts of a page that have changed, and the rest once', async () => {
    const { url } = await serve();
    const stores = [{ store_id: 'S', images: [runs.at('/png/2x2?ms=1500'), runs.at('/png/1x1')] }];
    await submitJob(url, { job_id: 'live', stores });
    const messages = await messagesUntil(`${url}/jobs/live/live`, 'badge completed');
    expect(Object.keys(messages[0] ?? {})).toEqual(
      expect.arrayContaining(['job-head', 'job-pace', 'job-outcome', 'job-slots', 'job-failures']),
    );
    expect(messages.filter((parts) => 'job-failures' in parts)).toHaveLength(1);
    expect(messages.at(-1)).toMatchObject({ 'job-head': expect.stringContaining('completed') });
  });

  it('tells so many pages at most, and gives the place of one that has gone to another', async () => {
    const { url } = await serve();
    const stop = new AbortController();
    const { signal } = stop;
    const open = async () => (await fetch(`${url}/live`, { signal })).status;
    const opened = await Promise.all(Array.from({ length: 200 }, open));
    expect(new Set(opened)).toEqual(new Set([200]));
    expect((await ask(`${url}/live`)).status).toBe(429);
    stop.abort();
    const again = new AbortController();
    const next = async () => (await fetch(`${url}/live`, { signal: again.signal })).status;
    await expect.poll(next).toBe(200);
    again.abort();
  });

  it('has the timeline of a job that runs, as far as it is', async () => {
    const { url } = await serve();
    const stores = [{ store_id: 'S', images: [runs.at('/png/2x2'), runs.at('/stall')] }];
    await submitJob(url, { job_id: 'half', stores });
    const starts = async () => (await ask(`${url}/jobs/half/timeline`)).json.data.start;
    await expect.poll(starts).toHaveLength(1);
    const { json } = await ask(`${url}/jobs/half/timeline`);
    expect(json.markup).toContain('<canvas id="timeline"');
    expect(json.data).toMatchObject({ store_ids: ['S'], image: [1], failed: [0] });
  });
});

describe('a server with a token, asked by a browser', () => {
  const KEPT_FROM = ['/', '/jobs/good', '/?state=failed', '/nothing'];

  it.each(KEPT_FROM)(
    'leads from %s to where one logs in, and shows nothing before',
    async (path) => {
      const { url } = await serve(['--token', TOKEN]);
      const response = await fetch(url + path, { headers: page, redirect: 'manual' });
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toMatch(/^\/login(\?next=[\w%.=-]+)?$/);
      expect(await response.text()).toBe('');
    },
  );

  it.each(['/live', '/jobs/good/live', '/jobs/good/timeline'])('keeps %s too', async (path) => {
    const { url } = await serve(['--token', TOKEN]);
    const { status, json } = await ask(url + path);
    expect([status, json.code]).toEqual([401, 'unauthorized']);
  });

  it('takes the token for a cookie, with which the API can be asked too', async () => {
    const { url } = await serve(['--token', TOKEN]);
    const response = await logIn(url, { token: TOKEN, next: '/jobs/good' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/jobs/good']);
    const [given = ''] = response.headers.getSetCookie();
    expect(given).toMatch(/^imgjob_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = given.split(';', 1)[0] ?? '';
    expect((await ask(`${url}/api/v1/jobs`, { headers: { cookie } })).status).toBe(200);
    expect((await ask(url, { headers: { cookie, ...page } })).status).toBe(200);
    const other = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect((await ask(`${url}/api/v1/jobs`, { headers: { cookie: other } })).status).toBe(401);
  });

  it('gives a cookie for https alone where the browser came by https', async () => {
    const { url } = await serve(['--token', TOKEN]);
    const { host } = new URL(url);
    const response = await logIn(url, { token: TOKEN }, { origin: `https://${host}` });
    expect(response.headers.getSetCookie()[0]).toMatch(/; Secure$/);
  });

  it.each([
    ['another token', { token: 'wrong' }, 401],
    ['no token', {}, 401],
    ['more than the token', { token: `${TOKEN} ` }, 401],
    ['a form that is too large', { token: 'x'.repeat(5000) }, 413],
  ])('gives none for %s', async (_, form: Record<string, string>, status) => {
    const { url } = await serve(['--token', TOKEN]);
    const response = await logIn(url, form);
    expect([response.status, response.headers.getSetCookie()]).toEqual([status, []]);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/jobs/../../x',
    '/jobs/a?x=//evil.example',
    'javascript:alert(1)',
    '/\n//evil.example',
  ])('leads nobody to %j', async (next) => {
    const { url } = await serve(['--token', TOKEN]);
    const response = await logIn(url, { token: TOKEN, next });
    expect(response.headers.get('location')).toBe('/');
    const form = await ask(`${url}/login?${new URLSearchParams({ next })}`);
    expect(form.text).toContain('name="next" value="/"');
  });

  it('takes no log-in from a page of another site', async () => {
    const { url } = await serve(['--token', TOKEN]);
    const response = await logIn(url, { token: TOKEN }, { origin: 'https://evil.example' });
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
  });

  it('asks for no log-in where there is no token', async () => {
    const { url } = await serve();
    const response = await fetch(`${url}/login`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect((await ask(url, { headers: page })).text).not.toContain('Log out');
  });
});

import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
keptJobs(runs);
const serve = setUpServices(runs);
const TOKEN = 'correct-horse-battery';

/** `fetch` sets Host, Origin and its like by itself. */
function raw(url: string, method: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const asked = request(url, { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      asked.once('error', reject);
      asked.end(body);
    },
  );
}

describe('a token', () => {
  it('is asked for by all but what looks whether the server lives', async () => {
    const { url } = await serve(['--token', TOKEN]);
    for (const path of ['/api/v1/jobs', '/api/v1/jobs/x', '/api/status?jobid=x', '/metrics']) {
      const { status, headers } = await ask(url + path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('www-authenticate')).toContain('Bearer');
      const authorization = `Bearer ${TOKEN}`;
      expect((await ask(url + path, { headers: { authorization } })).status).not.toBe(401);
    }
    const posted = await ask(`${url}/api/submit`, {
      method: 'POST',
      body: { count: 0, visits: [] },
    });
    expect([posted.status, posted.json]).toEqual([401, { error: expect.any(String) }]);
    for (const path of ['/', '/healthz', '/readyz', '/healthz/']) {
      expect([path, (await ask(url + path)).status]).toEqual([path, 200]);
    }
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer correct-horse',
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN}x`,
  ])('is not shown by %s', async (authorization) => {
    const { url } = await serve(['--token', TOKEN]);
    expect((await ask(`${url}/api/v1/jobs`, { headers: { authorization } })).status).toBe(401);
  });

  it('comes from a variable or a file too, and is never said', async () => {
    const file = runs.workspace.write('token.txt', `${TOKEN}\n`);
    for (const [args, env] of [
      [[], { IMGJOB_TOKEN: TOKEN }],
      [['--token', `@${file}`], {}],
      [[], { IMGJOB_TOKEN: `@${file}` }],
    ] as [string[], Record<string, string>][]) {
      const service = await serve(args, env);
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await ask(`${service.url}/api/v1/jobs?x=${TOKEN}`, { headers })).status).toBe(200);
      expect((await ask(`${service.url}/api/v1/jobs`)).status).toBe(401);
      await service.end();
      expect(JSON.stringify(service.said())).not.toContain(TOKEN);
    }
  });

  it('is needed on a host that others reach, unless everybody is let in aloud', async () => {
    const args = ['serve', '--port', '0', '--host', '0.0.0.0'];
    const refused = await runCli(args, { cwd: runs.workspace.folder });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('a token is needed'),
    ]);
    for (const bad of ['short', '', 'with blank in it', '@/none']) {
      const { code } = await runCli([...args, '--token', bad], { cwd: runs.workspace.folder });
      expect([bad, code]).toEqual([bad, 2]);
    }
    const { url } = await serve(['--host', '0.0.0.0', '--no-auth']);
    expect((await ask(`${url}/api/v1/jobs`)).status).toBe(200);
  });
});

describe('a page of another site', () => {
  it('whose name was made to lead here is refused', async () => {
    const { url } = await serve();
    const { port } = new URL(url);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example']) {
      const { status, text } = await raw(`${url}/api/v1/jobs`, 'GET', { host });
      expect([host, status, JSON.parse(text).code]).toEqual([host, 421, 'misdirected']);
    }
    for (const host of [
      `localhost:${port}`,
      '127.0.0.1',
      `[::1]:${port}`,
      'LOCALHOST',
      'a.localhost',
    ]) {
      expect([host, (await raw(`${url}/api/v1/jobs`, 'GET', { host })).status]).toEqual([
        host,
        200,
      ]);
    }
  });

  it('may not change anything', async () => {
    const { url } = await serve();
    const { host } = new URL(url);
    const body = JSON.stringify({ count: 0, visits: [] });
    const submit = (headers: Record<string, string>) =>
      raw(`${url}/api/submit`, 'POST', { host, ...headers }, body);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      const { status, text } = await submit(headers);
      expect([headers, status]).toEqual([headers, 403]);
      expect(JSON.parse(text).error).toContain('another site');
    }
    expect((await submit({ origin: `http://${host}` })).status).toBe(201);
    expect((await submit({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    const read = await raw(`${url}/api/v1/jobs`, 'GET', { host, origin: 'https://evil.example' });
    expect(read.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('may, where it is the one that was named', async () => {
    const origin = 'https://shelf.example';
    const { url } = await serve(['--cors', origin, '--token', TOKEN]);
    const { host } = new URL(url);
    const asked = await raw(`${url}/api/v1/jobs`, 'OPTIONS', { host, origin });
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, origin]);
    expect(asked.headers['access-control-allow-headers']).toContain('authorization');
    const headers = { host, origin, authorization: `Bearer ${TOKEN}` };
    const posted = await raw(`${url}/api/v1/jobs`, 'POST', headers, '{"stores":[]}');
    expect([posted.status, posted.headers['access-control-allow-origin']]).toEqual([201, origin]);
    expect(`${posted.headers.vary}`).toContain('Origin');
    const other = await raw(`${url}/api/v1/jobs`, 'OPTIONS', { host, origin: 'https://x.example' });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a job', () => {
  it('does not fetch from the server’s own network unless that is allowed', async () => {
    const { url } = await serve(['--deny-private']);
    await ask(`${url}/api/v1/jobs?retries=0`, {
      method: 'POST',
      body: runs.goodManifest('inside'),
    });
    const job = `${url}/api/v1/jobs/inside`;
    await expect.poll(async () => (await ask(job)).json.status).toBe('failed');
    const { json } = await ask(`${job}/results`);
    expect(json.stores[0].error.code).toBe('blocked-address');
    const loose = await ask(`${url}/api/v1/jobs?deny_private=false`, {
      method: 'POST',
      body: '{"stores":[]}',
    });
    expect([loose.status, loose.json.code]).toEqual([400, 'usage']);
  });
});

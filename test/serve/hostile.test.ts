import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, type RunningService, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

/** Sends bytes piece by piece; answers all that came until the connection was closed, or enough. */
function send(url: string, pieces: (string | Buffer)[], pause_ms = 0): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pause_ms > 0) await delay(pause_ms);
      }
    });
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
  });
}

const head = (line: string, ...headers: string[]) =>
  `${[line, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`;

const megabytes = ({ child }: RunningService) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;

async function stillWorks(service: RunningService): Promise<void> {
  const { status } = await ask(`${service.url}/api/v1/jobs`, {
    method: 'POST',
    body: '{"stores":[]}',
  });
  expect(status).toBe(201);
}

describe('clients that mean harm', () => {
  it('send too much', async () => {
    const service = await serve();
    const announced = await send(service.url, [
      head(
        'POST /api/v1/jobs HTTP/1.1',
        'Content-Type: application/json',
        'Content-Length: 100000000',
      ),
    ]);
    expect(announced).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"body-too-large"/);
    const block = Buffer.alloc(1_000_000, ' ');
    const chunk = Buffer.concat([Buffer.from('f4240\r\n'), block, Buffer.from('\r\n')]);
    const chunks = Array.from({ length: 100 }, () => chunk);
    const before = megabytes(service);
    const unannounced = await send(service.url, [
      head('POST /api/submit HTTP/1.1', 'Transfer-Encoding: chunked'),
      ...chunks,
    ]);
    expect(unannounced).toMatch(/^HTTP\/1\.1 413 |^$/);
    expect(megabytes(service)).toBeLessThan(before + 200);
    const headers = await send(service.url, [head('GET / HTTP/1.1', `X: ${'x'.repeat(40_000)}`)]);
    expect(headers).toMatch(/^HTTP\/1\.1 431 /);
    await stillWorks(service);
  });

  it.each([
    ['deep JSON', '['.repeat(200_000)],
    ['deep stores', `{"stores":${'[{"a":'.repeat(50_000)}`],
    ['a wrong type', '{"stores":{"length":1e9}}'],
    ['a number that is none', '{"count":1e999,"stores":[]}'],
    ['a key that stands twice', '{"stores":[],"stores":[]}'],
    ['a prototype', '{"__proto__":{"stores":[]}}'],
    ['UTF-16', Buffer.from('{"stores":[]}', 'utf16le').toString('latin1')],
  ])('send %s', async (_, body) => {
    const service = await serve();
    const { status, json } = await ask(`${service.url}/api/v1/jobs`, { method: 'POST', body });
    expect([status, json.code]).toEqual([400, 'manifest-invalid']);
    await stillWorks(service);
  });

  it('ask in ways that are none', async () => {
    const service = await serve();
    const job = '/api/v1/jobs';
    for (const [line, status] of [
      ['GET /api/v1/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1', 404],
      ['GET /../../etc/passwd HTTP/1.1', 404],
      ['GET //evil.example/x HTTP/1.1', 404],
      [`GET ${job}/..\\..\\x HTTP/1.1`, 404],
      [`BREW ${job} HTTP/1.1`, 404],
      [`TRACE ${job} HTTP/1.1`, 404],
      ['OPTIONS * HTTP/1.1', 404],
      ['GET http://localhost/api/v1/jobs HTTP/1.1', 200],
      ['CONNECT evil.example:443 HTTP/1.1', 0],
      ['nonsense', 400],
    ] as const) {
      const answer = await send(service.url, [head(line, 'Connection: close')]);
      const given = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
      expect([line, given === status || given === 400]).toEqual([line, true]);
      expect(answer).not.toContain('root:');
    }
    const nameless = await send(service.url, ['GET /api/v1/jobs HTTP/1.1\r\nHost: \r\n\r\n']);
    expect(nameless).toMatch(/^HTTP\/1\.1 4/);
    await stillWorks(service);
  });

  it('hand in a type that is not taken', async () => {
    const service = await serve();
    for (const type of ['image/png', 'multipart/form-data; boundary=x', 'application/xml']) {
      const { status, json } = await ask(`${service.url}/api/v1/jobs`, {
        ...{ method: 'POST', body: '{"stores":[]}', headers: { 'content-type': type } },
      });
      expect([type, status, json.code]).toEqual([type, 415, 'unsupported-type']);
    }
  });

  it('send slowly, and never end', async () => {
    const service = await serve();
    const slow = Array.from({ length: 50 }, () =>
      send(
        service.url,
        ['GET / HTTP/1.1\r\n', ...Array.from({ length: 60 }, () => 'X: y\r\n')],
        500,
      ),
    );
    const body = send(service.url, [
      head('POST /api/v1/jobs HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100'),
      '{',
    ]);
    expect((await ask(`${service.url}/healthz`)).status).toBe(200);
    expect(await body).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"body-too-slow"/);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    await stillWorks(service);
  });

  it('open many event streams, and read nothing', async () => {
    const service = await serve();
    await ask(`${service.url}/api/v1/jobs`, { method: 'POST', body: kept.hangingManifest() });
    const { hostname, port } = new URL(service.url);
    const before = megabytes(service);
    const sockets = Array.from({ length: 1200 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {}).pause();
      socket.write(head('GET /api/v1/jobs/spring-audit/events HTTP/1.1'));
      return socket;
    });
    const { readdirSync } = await import('node:fs');
    const open = () => readdirSync(`/proc/${service.child.pid}/fd`).length;
    // A connection and a journal each.
    await expect.poll(open).toBeGreaterThan(2200);
    const more = await ask(`${service.url}/api/v1/jobs/spring-audit/events`);
    expect([more.status, more.json.code]).toEqual([429, 'queue-full']);
    expect(megabytes(service)).toBeLessThan(before + 250);
    await stillWorks(service);
    for (const socket of sockets) socket.destroy();
    await expect.poll(open).toBeLessThan(100);
  });

  it('fill memory with nothing that stays: many jobs, one after another', async () => {
    const service = await serve();
    const submit = async (count: number) => {
      for (let each = 0; each < count; each += 1) {
        const body = { stores: [{ store_id: 'S', images: [runs.at('/png/1x1')] }] };
        await ask(`${service.url}/api/v1/jobs`, { method: 'POST', body });
      }
    };
    await submit(150);
    const before = megabytes(service);
    await submit(150);
    expect(megabytes(service)).toBeLessThan(before + 60);
  });
});

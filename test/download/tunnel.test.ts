import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { findClosedPort } from '../support/fault-server.ts';
import { listen } from '../support/listener.ts';
import { createDownloader, downloadWith, OPTIONS } from './downloads.ts';

/** What a proxy does with a CONNECT. */
type Answer = (socket: Socket) => void;

const says =
  (text: string): Answer =>
  (socket) =>
    void socket.end(text);
const keeps =
  (text: string): Answer =>
  (socket) =>
    void socket.write(text);
const OPEN = 'HTTP/1.1 200 Connected\r\n\r\n';
const TIMES = { connect_timeout_ms: 600, timeout_ms: 4000 };
const URL_BEHIND = 'https://cdn.example/a.png';

it.each<[string, Answer, { code: string; reason: string | null }]>([
  ['wants a password', says('HTTP/1.1 407 P\r\n\r\n'), { code: 'connect', reason: 'proxy-auth' }],
  ['refuses', says('HTTP/1.1 403 No\r\n\r\n'), { code: 'connect', reason: 'proxy-refused' }],
  [
    'refuses with a page, and stays',
    keeps('HTTP/1.1 503 Busy\r\nContent-Length: 9999\r\n\r\n<html>'),
    { code: 'connect', reason: 'proxy-refused' },
  ],
  [
    'leads elsewhere',
    says('HTTP/1.1 302 F\r\nLocation: /\r\n\r\n'),
    { code: 'connect', reason: 'proxy-refused' },
  ],
  ['says nothing', () => {}, { code: 'connect', reason: 'connect-timeout' }],
  [
    'opens to a host that says nothing',
    keeps(OPEN),
    { code: 'connect', reason: 'connect-timeout' },
  ],
  [
    'opens to a host that speaks no TLS',
    keeps(`${OPEN}SSH-2.0-x\r\n`),
    { code: 'tls', reason: 'not-tls' },
  ],
  ['opens and closes', says(OPEN), { code: 'disconnected', reason: 'reset' }],
  ['closes', (socket) => void socket.end(), { code: 'disconnected', reason: 'reset' }],
  ['resets', (socket) => void socket.resetAndDestroy(), { code: 'disconnected', reason: 'reset' }],
  ['speaks no HTTP', says('SSH-2.0-OpenSSH_9.2\r\n'), { code: 'bad-response', reason: 'not-http' }],
])('a proxy that %s', async (_, answer, fault) => {
  const proxy = await listen(
    createServer((socket) => void socket.once('data', () => answer(socket))),
  );
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const { download, close } = createDownloader({ ...OPTIONS, ...TIMES, concurrency: 1, env });
  const began = performance.now();
  const { outcome } = await downloadWith(download, URL_BEHIND);
  expect(outcome).toMatchObject({ ...fault, http_status: null, host: 'cdn.example' });
  // One time for all of it: the way to the proxy, its answer, and TLS.
  expect(performance.now() - began).toBeLessThan(2 * 600 + 2000);
  await expect.poll(proxy.open).toBe(0);
  await close();
  await proxy.close();
});

it('a proxy where nobody listens', async () => {
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await findClosedPort()}` };
  const { download, close } = createDownloader({ ...OPTIONS, ...TIMES, env });
  const { outcome } = await downloadWith(download, URL_BEHIND);
  expect(outcome).toMatchObject({ code: 'connect', reason: 'refused' });
  await close();
});

it('a stop leaves no tunnel half open', async () => {
  const proxy = await listen(createServer((socket) => socket.resume()));
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  const { download, close } = createDownloader({
    ...OPTIONS,
    connect_timeout_ms: 60_000,
    timeout_ms: 90_000,
    env,
  });
  const stop = new AbortController();
  const going = downloadWith(download, URL_BEHIND, stop.signal);
  await expect.poll(proxy.open).toBe(1);
  stop.abort('SIGINT');
  await going;
  await close();
  await expect.poll(proxy.open).toBe(0);
  await proxy.close();
});

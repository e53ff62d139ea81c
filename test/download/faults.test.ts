import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/results/reasons.ts';
import type { FaultCode } from '../../src/results/results-schema.ts';
import { SOON_MS } from '../support/times.ts';
import { createDownloader, download, downloadWith, OPTIONS, setUpServer } from './downloads.ts';

const { server, at } = setUpServer();

describe('every fault of a server has its code, and its reason', () => {
  it.each<[string, FaultCode, Reason | null, number | null, string]>([
    ['/status/404', 'http-status', null, 404, '404 Not Found'],
    ['/status/503', 'http-status', null, 503, '503 Service Unavailable'],
    ['/status/520', 'http-status', null, 520, '520 (Cloudflare: the origin’s answer was not'],
    ['/status/204', 'empty-body', null, 204, 'the body is empty'],
    ['/status/206', 'bad-response', 'partial-content', 206, 'the server sent only a part'],
    ['/status/304', 'http-status', null, 304, '304 Not Modified'],
    ['/error-page/5000000', 'http-status', null, 500, '500 Internal Server Error'],
    ['/redirect-nowhere', 'http-status', null, 302, '302 Found'],
    ['/redirect-to?url=file:///etc/passwd', 'unsupported-scheme', null, 301, 'redirected: '],
    ['/redirect-to?url=http://', 'invalid-url', 'malformed-url', 301, 'redirected: '],
    ['/short', 'truncated', null, 200, 'the body ended after '],
    ['/short?close=1', 'truncated', null, 200, 'the body ended after '],
    ['/short-chunked', 'truncated', null, 200, 'the body ended after '],
    ['/empty', 'empty-body', null, 200, 'the body is empty'],
    ['/empty-chunked', 'empty-body', null, 200, 'the body is empty'],
    ['/reset', 'disconnected', 'reset', null, ''],
    ['/reset-body', 'disconnected', 'reset', 200, 'the connection was reset'],
    ['/not-http', 'bad-response', 'not-http', null, 'the server did not answer in HTTP'],
    ['/gzip-cut', 'truncated', null, 200, 'the gzip body is cut off'],
    ['/gzip-broken', 'corrupt-image', null, 200, 'the body is not valid gzip'],
    ['/gzip-bomb', 'too-large', 'body-too-large', 200, 'the body is larger than 1000000 bytes'],
    ['/gzip-empty', 'too-large', 'body-too-large', 200, 'the body is larger than 1000000 bytes'],
    ['/endless', 'too-large', 'body-too-large', 200, 'the body is larger than 1000000 bytes'],
  ])('%s: %s %s', async (path, code, reason, http_status, message) => {
    const { outcome } = await download(at(path));
    expect(outcome).toMatchObject({ code, reason, http_status });
    expect(outcome).toHaveProperty('message', expect.stringContaining(message));
    expect(outcome).toHaveProperty('host', server().host);
  });

  it('a body announced as too large is not even read', async () => {
    const { outcome, starts } = await download(at('/png/4x3'), { max_bytes: 10 });
    expect(outcome).toMatchObject({ code: 'too-large', reason: 'body-too-large' });
    expect(starts).toBe(0);
  });

  it.each([
    ['/stall', null],
    ['/stall-body', 200],
  ])('%s: timeout, in bounded time, with the status so far', async (path, http_status) => {
    const began = performance.now();
    const { outcome } = await download(at(path), { timeout_ms: 150 });
    expect(outcome).toMatchObject({
      ...{ code: 'timeout', reason: 'attempt-timeout' },
      message: expect.stringMatching(/^not complete after 0\.15 s(, 1 of 1000 bytes)?$/),
      http_status,
    });
    expect(performance.now() - began).toBeLessThan(SOON_MS);
  });

  it('the timeout bounds a whole attempt, its redirects included', async () => {
    const { outcome } = await download(at('/redirect-to?url=/stall'), { timeout_ms: 150 });
    expect(outcome).toMatchObject({ code: 'timeout', host: server().host });
  });

  it('an error page that stalls holds up neither its image nor the next', async () => {
    const patient = { ...OPTIONS, timeout_ms: 60_000, stall_timeout_ms: 60_000 };
    const { download: run, close } = createDownloader({ ...patient, concurrency: 1 });
    const began = performance.now();
    const { outcome } = await downloadWith(run, at('/not-found-stalled'));
    expect(outcome).toMatchObject({ code: 'http-status', http_status: 404 });
    // The redirect is followed on the one connection there may be, once its own body is given up.
    expect((await downloadWith(run, at('/redirect-stalled'))).outcome).toMatchObject({
      http_status: 200,
    });
    expect((await downloadWith(run, at('/png/1x1'))).outcome).toMatchObject({ http_status: 200 });
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    await close();
  });

  it('nobody listens: connect', async () => {
    const { outcome } = await download('http://127.0.0.1:9/a.png');
    expect(outcome).toMatchObject({
      ...{ code: 'connect', reason: 'refused', message: 'connection refused' },
    });
  });

  it('a name that does not exist: dns', async () => {
    const { outcome } = await download('http://no-such-host.invalid/a.png');
    expect(outcome).toMatchObject({ code: 'dns', host: 'no-such-host.invalid' });
  });

  it('a TLS handshake without an answer: connect, and nothing is left open', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => sockets.delete(socket))
        .resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}/`;
    const { outcome } = await download(url, { connect_timeout_ms: 100 });
    expect(outcome).toMatchObject({
      ...{ code: 'connect', reason: 'connect-timeout', message: 'could not connect within 0.1 s' },
    });

    const stop = new AbortController();
    const { download: run, close } = createDownloader({ ...OPTIONS, connect_timeout_ms: 60_000 });
    setTimeout(() => stop.abort('SIGINT'), 50);
    await downloadWith(run, url, stop.signal);
    expect(sockets.size).toBe(1);
    await close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sockets.size).toBe(0);
    silent.close();
  });

  it('an attempt that never connects does not take the next one with it', async () => {
    let first = true;
    const server = createServer((socket) => {
      if (!first) return void socket.on('data', () => socket.end('HTTP/1.1 404 N\r\n\r\n'));
      first = false;
      return undefined;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const options = { ...OPTIONS, concurrency: 1, timeout_ms: 400, connect_timeout_ms: 60_000 };
    const { download: run, close } = createDownloader(options);
    const stalled = await downloadWith(run, `https://127.0.0.1:${port}/`);
    expect(stalled.outcome).toMatchObject({ code: 'connect', reason: 'connect-timeout' });
    const next = await downloadWith(run, `http://127.0.0.1:${port}/`);
    expect(next.outcome).toMatchObject({ code: 'http-status', http_status: 404 });
    await close();
    server.close();
  });

  it('a server that does not speak TLS: tls', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const { outcome } = await download(`https://127.0.0.1:${port}/`);
    expect(outcome).toMatchObject({
      ...{ code: 'tls', reason: 'not-tls' },
      message: expect.stringMatching(/^the port does not speak TLS \([A-Z_]+\)$/),
    });
    plain.close();
  });

  it.each<[string, FaultCode, Reason | null]>([
    ['', 'invalid-url', 'empty-url'],
    ['not a url', 'invalid-url', 'malformed-url'],
    ['http://', 'invalid-url', 'malformed-url'],
    ['http://exa mple/', 'invalid-url', 'malformed-url'],
    [`http://a/${'x'.repeat(70_000)}`, 'invalid-url', 'long-url'],
    ['ftp://img.example/a.png', 'unsupported-scheme', null],
    ['data:image/png;base64,AAAA', 'unsupported-scheme', null],
    ['file:///etc/passwd', 'unsupported-scheme', null],
  ])('the URL %j: %s %s', async (url, code, reason) => {
    const { outcome } = await download(url);
    expect(outcome).toMatchObject({ code, reason, http_status: null, host: null });
  });
});

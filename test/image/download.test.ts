import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDownloader, type DownloaderOptions } from '../../src/image/download.ts';
import type { Fault, Received } from '../../src/job/effects.ts';
import { makePng } from '../support/png.ts';
import { startServer, type TestServer } from '../support/server.ts';

const OPTIONS: DownloaderOptions = {
  concurrency: 50,
  timeout_ms: 5000,
  connect_timeout_ms: 1000,
  max_bytes: 1_000_000,
  max_redirects: 5,
  user_agent: 'imgjob/test',
};

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

type Download = { outcome: Received | Fault; body: Buffer; starts: number; hosts: string[] };

async function download(
  url: string,
  overrides: Partial<DownloaderOptions> = {},
): Promise<Download> {
  const downloader = createDownloader({ ...OPTIONS, ...overrides });
  try {
    return await downloadWith(downloader.download, url);
  } finally {
    await downloader.close();
  }
}

async function downloadWith(
  run: ReturnType<typeof createDownloader>['download'],
  url: string,
  signal = new AbortController().signal,
): Promise<Download> {
  const chunks: Uint8Array[] = [];
  const seen = { starts: 0, hosts: [] as string[] };
  const sink = {
    start() {
      seen.starts += 1;
    },
    push: (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
  };
  const onHost = (host: string) => void seen.hosts.push(host);
  const outcome = await run(url, sink, { signal, onBytes() {}, onHost });
  return { outcome, body: Buffer.concat(chunks), ...seen };
}

const at = (path: string) => server.address + path;

describe('a download', () => {
  it('hands on the whole body of a 200 and names the host', async () => {
    const { outcome, body } = await download(at('/png/40x30'));
    expect(outcome).toEqual({ http_status: 200, host: server.host });
    expect(body).toEqual(makePng(40, 30));
  });

  it('says who it is and asks for no encoding', async () => {
    await download(at('/png/1x1'));
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'user-agent': 'imgjob/test',
      'accept-encoding': 'identity',
    });
  });

  it('uses its connections again, also after an error page', async () => {
    const before = server.connections();
    const { download: run, close } = createDownloader(OPTIONS);
    for (const path of ['/png/1x1', '/status/404', '/redirect/2', '/png/2x2', '/status/500']) {
      await downloadWith(run, at(path));
    }
    await close();
    // undici frees a connection one turn after its response ended: by then a second may be open.
    expect(server.connections() - before).toBeLessThanOrEqual(2);
  });

  it('opens as many connections to one origin as the cap allows, and no more', async () => {
    const before = server.connections();
    const { download: run, close } = createDownloader({ ...OPTIONS, concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => downloadWith(run, at('/png/1x1?ms=20'))));
    await close();
    expect(server.connections() - before).toBe(3);
  });

  it('sends a user name and password of the URL, and not to another host', async () => {
    const withPassword = (path: string) => at(path).replace('//', '//me:s%20cret@');
    await download(withPassword('/redirect/0'));
    const credentials = `Basic ${Buffer.from('me:s cret').toString('base64')}`;
    expect(server.requests.at(-1)?.headers.authorization).toBe(credentials);
    const elsewhere = server.address.replace('127.0.0.1', 'localhost');
    await download(withPassword(`/redirect-to?url=${elsewhere}/redirect/0`));
    expect(server.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it.each(['gzip', 'brotli'])('decodes a body that comes as %s all the same', async (encoding) => {
    const { outcome, body } = await download(at(`/${encoding}`));
    expect(outcome).toMatchObject({ http_status: 200 });
    expect(body).toEqual(makePng(7, 5));
  });

  it('decodes a body listed as gzip and identity', async () => {
    expect((await download(at('/gzip-identity'))).body).toEqual(makePng(7, 5));
  });

  it.each(['/gzip-close', '/gzip-close?close=1'])(
    'takes a large gzip body whose connection ends with it: %s',
    async (path) => {
      for (let round = 0; round < 5; round += 1) {
        const { outcome, body } = await download(at(path));
        expect(outcome).toMatchObject({ http_status: 200 });
        expect(body.subarray(0, -60_000)).toEqual(makePng(7, 5));
      }
    },
  );

  it('follows a redirect without waiting for its body', async () => {
    const { outcome } = await download(at('/redirect-stalled'), { timeout_ms: 1000 });
    expect(outcome).toMatchObject({ http_status: 200 });
  });

  it('takes a body that ends with its connection', async () => {
    expect((await download(at('/until-close'))).body).toEqual(makePng(9, 8));
  });

  it('asks once more when a kept-alive connection is closed as its request goes out', async () => {
    let answers = 0;
    const closing = createServer((socket) => {
      let first = true;
      socket.on('data', () => {
        if (!first) return void socket.resetAndDestroy();
        first = false;
        answers += 1;
        const body = makePng(4, 3);
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
        socket.write(body);
        return undefined;
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
    const { port } = closing.address() as AddressInfo;
    const { download: run, close } = createDownloader({ ...OPTIONS, concurrency: 1 });
    for (let image = 0; image < 4; image += 1) {
      const { outcome, body } = await downloadWith(run, `http://127.0.0.1:${port}/`);
      expect(outcome).toMatchObject({ http_status: 200 });
      expect(body).toEqual(makePng(4, 3));
    }
    expect(answers).toBe(4);
    await close();
    closing.close();
  });

  it('is not confused by interim responses', async () => {
    const { outcome, body } = await download(at('/early-hints'));
    expect(outcome).toMatchObject({ http_status: 200 });
    expect(body).toEqual(makePng(4, 3));
  });

  it('follows redirects up to the limit', async () => {
    expect((await download(at('/redirect/5'))).outcome).toMatchObject({ http_status: 200 });
    expect((await download(at('/redirect/6'))).outcome).toMatchObject({
      code: 'too-many-redirects',
      host: server.host,
    });
    expect((await download(at('/redirect/1'), { max_redirects: 0 })).outcome).toMatchObject({
      code: 'too-many-redirects',
    });
  });

  it('tells which host it asks, again at each redirect', async () => {
    const elsewhere = server.address.replace('127.0.0.1', 'localhost');
    const { hosts } = await download(at(`/redirect-to?url=${elsewhere}/png/1x1`));
    expect(hosts).toEqual([server.host, server.host.replace('127.0.0.1', 'localhost')]);
  });

  it('is broken off at once by its signal', async () => {
    const stop = new AbortController();
    const { download: run, close } = createDownloader(OPTIONS);
    const began = performance.now();
    setTimeout(() => stop.abort('SIGINT'), 30);
    const paths = ['/stall', '/stall-body', '/endless'];
    await Promise.all(paths.map((path) => downloadWith(run, at(path), stop.signal)));
    await close();
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('every fault of a server has its code', () => {
  it.each([
    ['/status/404', 'http-status', 404, '404 Not Found'],
    ['/status/503', 'http-status', 503, '503 Service Unavailable'],
    ['/status/299', 'http-status', 299, '299'],
    ['/status/204', 'http-status', 204, '204 No Content'],
    ['/status/206', 'http-status', 206, '206 Partial Content'],
    ['/status/304', 'http-status', 304, '304 Not Modified'],
    ['/error-page/5000000', 'http-status', 500, '500 Internal Server Error'],
    ['/redirect-nowhere', 'http-status', 302, '302 Found'],
    ['/redirect-to?url=file:///etc/passwd', 'unsupported-scheme', null, 'redirected: '],
    ['/redirect-to?url=http://', 'invalid-url', null, 'redirected: '],
    ['/short', 'truncated', 200, 'the body ended after '],
    ['/short?close=1', 'truncated', 200, 'the body ended after '],
    ['/short-chunked', 'truncated', 200, 'the body ended after '],
    ['/empty', 'empty-body', 200, 'the body is empty'],
    ['/empty-chunked', 'empty-body', 200, 'the body is empty'],
    ['/reset', 'disconnected', null, ''],
    ['/reset-body', 'disconnected', 200, 'the connection was reset'],
    ['/not-http', 'disconnected', null, 'the server did not answer in HTTP'],
    ['/gzip-cut', 'truncated', 200, 'the gzip body is cut off'],
    ['/gzip-broken', 'corrupt-image', 200, 'the body is not valid gzip'],
    ['/gzip-bomb', 'too-large', 200, 'the body is larger than 1000000 bytes'],
    ['/gzip-empty', 'too-large', 200, 'the body is larger than 1000000 bytes'],
    ['/unknown-encoding', 'unsupported-format', 200, 'the body has an unknown encoding'],
    ['/endless', 'too-large', 200, 'the body is larger than 1000000 bytes'],
  ])('%s: %s', async (path, code, http_status, message) => {
    const { outcome } = await download(at(path));
    expect(outcome).toMatchObject({ code, http_status });
    expect(outcome).toHaveProperty('message', expect.stringContaining(message));
    expect(outcome).toHaveProperty('host', server.host);
  });

  it('a body announced as too large is not even read', async () => {
    const { outcome, starts } = await download(at('/png/4x3'), { max_bytes: 10 });
    expect(outcome).toMatchObject({ code: 'too-large' });
    expect(starts).toBe(0);
  });

  it.each([
    ['/stall', null],
    ['/stall-body', 200],
  ])('%s: timeout, in bounded time, with the status so far', async (path, http_status) => {
    const began = performance.now();
    const { outcome } = await download(at(path), { timeout_ms: 150 });
    expect(outcome).toMatchObject({
      code: 'timeout',
      message: 'not complete after 0.15 s',
      http_status,
    });
    expect(performance.now() - began).toBeLessThan(1500);
  });

  it('the timeout bounds a whole attempt, its redirects included', async () => {
    const { outcome } = await download(at('/redirect-to?url=/stall'), { timeout_ms: 150 });
    expect(outcome).toMatchObject({ code: 'timeout', host: server.host });
  });

  it('nobody listens: connect', async () => {
    const { outcome } = await download('http://127.0.0.1:9/a.png');
    expect(outcome).toMatchObject({ code: 'connect', message: 'connection refused' });
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
    expect(outcome).toMatchObject({ code: 'connect', message: 'could not connect within 0.1 s' });

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
    expect(stalled.outcome).toMatchObject({ code: 'connect' });
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
      code: 'tls',
      message: expect.stringMatching(/^the TLS handshake failed \([A-Z_]+\)$/),
    });
    plain.close();
  });

  it.each([
    ['', 'invalid-url'],
    ['not a url', 'invalid-url'],
    ['http://', 'invalid-url'],
    ['http://exa mple/', 'invalid-url'],
    [`http://a/${'x'.repeat(70_000)}`, 'invalid-url'],
    ['ftp://img.example/a.png', 'unsupported-scheme'],
    ['data:image/png;base64,AAAA', 'unsupported-scheme'],
    ['file:///etc/passwd', 'unsupported-scheme'],
  ])('the URL %j: %s', async (url, code) => {
    const { outcome } = await download(url);
    expect(outcome).toMatchObject({ code, http_status: null, host: null });
  });
});

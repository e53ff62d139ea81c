import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { SOON_MS } from '../support/times.ts';
import { createDownloader, download, downloadWith, OPTIONS, setUpServer } from './downloads.ts';

const { server, at } = setUpServer();

describe('a download', () => {
  it('hands on the whole body of a 200 and names the host', async () => {
    const { outcome, body } = await download(at('/png/40x30'));
    expect(outcome).toEqual({ http_status: 200, host: server().host });
    expect(body).toEqual(makePng(40, 30));
  });

  it('says who it is and asks for no encoding', async () => {
    await download(at('/png/1x1'));
    expect(server().requests.at(-1)?.headers).toMatchObject({
      'user-agent': 'imgjob/test',
      'accept-encoding': 'identity',
    });
  });

  it('uses its connections again, also after an error page', async () => {
    const before = server().connections();
    const { download: run, close } = createDownloader(OPTIONS);
    for (const path of ['/png/1x1', '/status/404', '/redirect/2', '/png/2x2', '/status/500']) {
      await downloadWith(run, at(path));
    }
    await close();
    // undici frees a connection one turn after its response ended: by then a second may be open.
    expect(server().connections() - before).toBeLessThanOrEqual(2);
  });

  it('opens as many connections to one origin as the cap allows, and no more', async () => {
    const before = server().connections();
    const { download: run, close } = createDownloader({ ...OPTIONS, concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, () => downloadWith(run, at('/png/1x1?ms=20'))));
    await close();
    expect(server().connections() - before).toBe(3);
  });

  it('sends a user name and password of the URL, and not to another host', async () => {
    const withPassword = (path: string) => at(path).replace('//', '//me:s%20cret@');
    await download(withPassword('/redirect/0'));
    const credentials = `Basic ${Buffer.from('me:s cret').toString('base64')}`;
    expect(server().requests.at(-1)?.headers.authorization).toBe(credentials);
    const elsewhere = server().address.replace('127.0.0.1', 'localhost');
    await download(withPassword(`/redirect-to?url=${elsewhere}/redirect/0`));
    expect(server().requests.at(-1)?.headers.authorization).toBeUndefined();
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
    expect((await download(at('/redirect/10'))).outcome).toMatchObject({ http_status: 200 });
    expect((await download(at('/redirect/11'))).outcome).toMatchObject({
      code: 'too-many-redirects',
      host: server().host,
    });
    expect((await download(at('/redirect/1'), { max_redirects: 0 })).outcome).toMatchObject({
      code: 'too-many-redirects',
    });
  });

  it('tells which host it asks, again at each redirect', async () => {
    const elsewhere = server().address.replace('127.0.0.1', 'localhost');
    const { hosts } = await download(at(`/redirect-to?url=${elsewhere}/png/1x1`));
    expect(hosts).toEqual([server().host, server().host.replace('127.0.0.1', 'localhost')]);
  });

  it('is broken off at once by its signal', async () => {
    const stop = new AbortController();
    const patient = { ...OPTIONS, timeout_ms: 60_000, stall_timeout_ms: 60_000 };
    const { download: run, close } = createDownloader(patient);
    const began = performance.now();
    setTimeout(() => stop.abort('SIGINT'), 30);
    const paths = ['/stall', '/stall-body', '/endless'];
    await Promise.all(paths.map((path) => downloadWith(run, at(path), stop.signal)));
    await close();
    expect(performance.now() - began).toBeLessThan(SOON_MS);
  });
});

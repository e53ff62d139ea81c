import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { type NamedSite, startNamedSite, WIDTHS } from '../support/named-site.ts';
import { startProxy } from '../support/proxy.ts';
import { attemptImage } from './attempts.ts';
import { createDownloader, type DownloaderOptions, OPTIONS } from './downloads.ts';

const certificates = makeCertificates();
const CREDENTIALS = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
// Without openssl there is no https: what needs it is skipped, and said to be.
const SCHEMES = certificates ? (['http', 'https'] as const) : (['http'] as const);

let site: NamedSite;
let proxy: Awaited<ReturnType<typeof startProxy>>;
beforeAll(async () => {
  site = await startNamedSite(certificates?.good);
  const ports = { http: site.plain.port, https: site.tls?.port ?? 0 };
  proxy = await startProxy({ ports });
  return async () => {
    proxy.close();
    await site.close();
  };
});
beforeEach(() => {
  for (const list of [site.requests, proxy.asked, proxy.heads]) list.length = 0;
});

/** Downloads these in turns, or at once, through the proxy; answers the widths of their images. */
async function fetchAll(
  urls: string[],
  { env = {}, ...options }: Partial<DownloaderOptions> = {},
  atOnce = false,
) {
  const address = proxy.address.replace('//', '//me:s3cret@');
  const { download, close } = createDownloader({
    ...{ ...OPTIONS, concurrency: 1 },
    tls: { rejectUnauthorized: true, ca: certificates?.authority ?? '' },
    env: { HTTP_PROXY: address, HTTPS_PROXY: address, ...env },
    ...options,
  });
  const fetchOne = (url: string) => attemptImage(download, url);
  const ended = [];
  if (atOnce) ended.push(...(await Promise.all(urls.map(fetchOne))));
  else for (const url of urls) ended.push(await fetchOne(url));
  await close();
  return ended.map(({ code, message }) =>
    code === 'measured' ? Number.parseInt(message, 10) : code,
  );
}

const asked = () => site.requests.map(({ url }) => url);
const widthOf = (url: string) => WIDTHS[new URL(url).hostname];

describe.each(SCHEMES)('over %s, through a proxy', (scheme) => {
  const a = (path: string) => `${scheme}://a.example/${path}`;
  const b = (path: string) => `${scheme}://b.example/${path}`;

  it('each request says its own host', async () => {
    const urls = [a('1.png'), b('2.png'), a('3.png?x=1'), b('4.png')];
    expect(await fetchAll(urls)).toEqual([11, 22, 11, 22]);
    expect(asked()).toEqual(urls);
    for (const { url, servername } of site.requests) {
      expect(servername).toBe(scheme === 'https' ? new URL(url).hostname : null);
    }
  });

  it('so does each of many at once', async () => {
    const urls = Array.from({ length: 60 }, (_, image) => (image % 3 ? a : b)(`${image}.png`));
    const widths = await fetchAll(urls, { concurrency: 12 }, true);
    expect(widths).toEqual(urls.map(widthOf));
    expect(asked().sort()).toEqual(urls.sort());
  });

  it('the proxy has its password, and nobody else', async () => {
    await fetchAll([a('1.png'), b('2.png')]);
    expect(proxy.heads.length).toBe(2);
    for (const head of proxy.heads) expect(head['proxy-authorization']).toBe(CREDENTIALS);
    expect(JSON.stringify(site.requests)).not.toContain(CREDENTIALS);
  });

  it('headers of one’s own go to the host of the image’s URL alone', async () => {
    const headers = [['X-Own', 'mine']] as const;
    await fetchAll([a(`to?url=${b('1.png')}`), b('2.png'), a('to?url=/3.png')], { headers });
    expect(site.requests.map(({ url, headers: sent }) => [url, sent['x-own']])).toEqual([
      [a(`to?url=${b('1.png')}`), 'mine'],
      [b('1.png'), undefined],
      [b('2.png'), 'mine'],
      [a('to?url=/3.png'), 'mine'],
      [a('3.png'), 'mine'],
    ]);
    // A proxy that opens a tunnel sees the host, and no more.
    const connects = proxy.heads.filter((_, index) => proxy.asked[index]?.startsWith('CONNECT'));
    expect(connects).toHaveLength(scheme === 'https' ? 2 : 0);
    for (const head of connects)
      expect(Object.keys(head).sort()).toEqual(['connection', 'host', 'proxy-authorization']);
  });

  it('a URL’s own password goes to its host alone', async () => {
    await fetchAll([a(`to?url=${b('1.png')}`).replace('//', '//you:hidden@')]);
    const basic = `Basic ${Buffer.from('you:hidden').toString('base64')}`;
    expect(site.requests.map(({ headers }) => headers.authorization)).toEqual([basic, undefined]);
    expect(proxy.asked.join()).not.toContain('hidden');
  });

  it('connections are used again', async () => {
    const before = proxy.connections();
    await fetchAll([a('1.png'), a('2.png'), a('3.png'), b('4.png'), b('5.png')]);
    // A connection to the proxy serves all hosts; a tunnel ends at one.
    expect(proxy.connections() - before).toBe(scheme === 'https' ? 2 : 1);
  });

  it('hosts of NO_PROXY are asked themselves, by their own names', async () => {
    const port = scheme === 'https' ? site.tls?.port : site.plain.port;
    const own = (host: string) => `${scheme}://${host}:${port}/own.png`;
    const urls = [a('1.png'), own('127.0.0.1'), own('localhost'), b('2.png')];
    expect(await fetchAll(urls, { env: { NO_PROXY: '127.0.0.0/8,localhost' } })).toEqual([
      11, 99, 99, 22,
    ]);
    expect(asked()).toEqual(urls);
    expect(proxy.asked).toHaveLength(2);
    expect(JSON.stringify(site.requests)).not.toContain('proxy-authorization');
  });

  it('--deny-private is about hosts: the proxy may be anywhere', async () => {
    expect(await fetchAll([a('1.png')], { deny_private: true })).toEqual([11]);
  });
});

it.skipIf(!certificates)('redirects lead from one way to another', async () => {
  const direct = `http://127.0.0.1:${site.plain.port}`;
  const steps = [
    'http://a.example/to?url=https%3A%2F%2Fb.example%2Fto%3Furl%3D',
    encodeURIComponent(encodeURIComponent(`${direct}/to?url=http://b.example/5.png`)),
  ];
  expect(await fetchAll([steps.join('')], { env: { NO_PROXY: '127.0.0.1' } })).toEqual([22]);
  expect(site.requests.map(({ headers }) => headers.host)).toEqual([
    ...['a.example', 'b.example', `127.0.0.1:${site.plain.port}`, 'b.example'],
  ]);
  expect(proxy.asked.map((line) => line.slice(0, 26))).toEqual([
    ...['GET http://a.example/to?ur', 'CONNECT b.example:443', 'GET http://b.example/5.png'],
  ]);
});

describe('with --deny-private, through a proxy', () => {
  it.each([
    ...['localhost', 'x.localhost.', 'localhost.localdomain', 'ip6-localhost', 'metadata'],
    ...[
      'metadata.google.internal',
      'web.shop.svc',
      'web.shop.svc.cluster.local',
      'printer.home.arpa',
    ],
    ...['nas.lan', 'x.onion', 'intranet', 'wiki.corp', 'wiki.intranet', 'a.private', 'a.home'],
    ...['127.0.0.1', '127.1', '0x7f000001', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254'],
  ])('%s is not asked for', async (host) => {
    expect(await fetchAll([`http://${host}/a.png`], { deny_private: true })).toEqual([
      'blocked-address',
    ]);
    expect(proxy.asked).toEqual([]);
  });

  it.each(['localhost..', '127.0.0.1..', 'metadata.google.internal..', 'a..b'])(
    '%s is no host at all',
    async (host) => {
      expect(await fetchAll([`http://${host}/a.png`], { deny_private: true })).toEqual([
        'invalid-url',
      ]);
      expect(proxy.asked).toEqual([]);
    },
  );

  it.each(['cdn.example.com', 'local.example.com', 'svc.io', 'my-home.com', '93.184.215.14'])(
    '%s is',
    async (host) => {
      await fetchAll([`http://${host}/a.png`], {
        deny_private: true,
        connect_timeout_ms: 100,
        timeout_ms: 400,
      });
      expect(proxy.asked).toEqual([`GET http://${host}/a.png`]);
    },
  );

  it('a host that NO_PROXY names is held to its addresses', async () => {
    const url = `http://localhost:${site.plain.port}/a.png`;
    const options = { deny_private: true, env: { NO_PROXY: 'localhost' } };
    expect(await fetchAll([url], options)).toEqual(['blocked-address']);
    expect(site.requests).toEqual([]);
  });
});

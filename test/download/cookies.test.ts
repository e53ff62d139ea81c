import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCookieJar } from '../../src/download/cookies.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type NamedSite, startNamedSite } from '../support/named-site.ts';
import { startProxy } from '../support/proxy.ts';
import { createDownloader, downloadWith, OPTIONS } from './downloads.ts';

/** What goes to a URL after another one has set these. */
function sent(lines: string[], from: string, to: string): string | null {
  const jar = createCookieJar();
  jar.store(lines, new URL(from));
  return jar.headerFor(new URL(to));
}

const HTTP = 'http://img.shop.example/a/b.png';
const HTTPS = 'https://img.shop.example/a/b.png';

describe('a cookie is sent', () => {
  it.each([
    ['to its own URL', 'a=1', HTTP, HTTP, 'a=1'],
    ['with its attributes left out', 'a=1; Path=/; HttpOnly; SameSite=Lax', HTTP, HTTP, 'a=1'],
    ['without blanks around it', ' a = 1 2 ;Path=/', HTTP, HTTP, 'a=1 2'],
    ['with its quotes and its further signs', 'a="b=c"', HTTP, HTTP, 'a="b=c"'],
    ['with no value', 'a=', HTTP, HTTP, 'a='],
    ['with its bytes as they are', 'a=caf\xc3\xa0', HTTP, HTTP, 'a=caf\xc3\xa0'],
    ['beside it and below', 'a=1', HTTP, 'http://img.shop.example/a/c/d.png', 'a=1'],
    ['to all paths of Path=/', 'a=1; Path=/', HTTP, 'http://img.shop.example/', 'a=1'],
    ['to the path it names', 'a=1; Path=/c', HTTP, 'http://img.shop.example/c', 'a=1'],
    ['below the path it names', 'a=1; Path=/c', HTTP, 'http://img.shop.example/c/d', 'a=1'],
    ['to other ports, as ever', 'a=1', HTTP, 'http://img.shop.example:8080/a/b.png', 'a=1'],
    ['from http to https', 'a=1', HTTP, HTTPS, 'a=1'],
    ['over https, where it is Secure', 'a=1; Secure', HTTPS, HTTPS, 'a=1'],
    [
      'to the domain it names',
      'a=1; Path=/; Domain=shop.example',
      HTTP,
      'http://shop.example/',
      'a=1',
    ],
    ['below that', 'a=1; Path=/; Domain=.SHOP.example', HTTP, 'http://www.shop.example/', 'a=1'],
    [
      'where it names its own host',
      'a=1; Domain=localhost',
      'http://localhost/',
      'http://localhost/',
      'a=1',
    ],
    [
      'where its host is an address',
      'a=1; Domain=127.0.0.1',
      'http://127.0.0.1/',
      'http://127.0.0.1/',
      'a=1',
    ],
    ['while it lasts', 'a=1; Max-Age=60', HTTP, HTTP, 'a=1'],
    [
      'by Max-Age before Expires',
      'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      HTTP,
      HTTP,
      'a=1',
    ],
    ['where its date is none', 'a=1; Expires=soon; Max-Age=x', HTTP, HTTP, 'a=1'],
    ['with a prefix that holds', '__Host-a=1; Secure; Path=/', HTTPS, HTTPS, '__Host-a=1'],
  ])('%s: %s', (_, line, from, to, expected) => expect(sent([line], from, to)).toBe(expected));

  it.each([
    ['to another host', 'a=1; Path=/', HTTP, 'http://evil.example/'],
    ['below its own host', 'a=1; Path=/', HTTP, 'http://x.img.shop.example/'],
    ['above its own host', 'a=1; Path=/', HTTP, 'http://shop.example/'],
    ['above its path', 'a=1', HTTP, 'http://img.shop.example/'],
    ['to a path that only begins so', 'a=1; Path=/c', HTTP, 'http://img.shop.example/cd'],
    ['for a domain of others', 'a=1; Path=/; Domain=evil.example', HTTP, 'http://evil.example/'],
    ['for a domain that only ends so', 'a=1; Domain=op.example', HTTP, HTTP],
    ['for a host below its own', 'a=1; Domain=x.img.shop.example', HTTP, HTTP],
    ['for what nobody owns', 'a=1; Path=/; Domain=example', HTTP, 'http://evil.example/'],
    [
      'for a part of an address',
      'a=1; Path=/; Domain=0.0.1',
      'http://127.0.0.1/',
      'http://128.0.0.1/',
    ],
    ['over http, where it is Secure', 'a=1; Secure', HTTPS, HTTP],
    ['that calls itself Secure over http', 'a=1; Secure', HTTP, HTTPS],
    ['after its time', 'a=1; Max-Age=0', HTTP, HTTP],
    ['long after its time', 'a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT', HTTP, HTTP],
    ['without a name', '=1', HTTP, HTTP],
    ['without a sign', 'a', HTTP, HTTP],
    ['with what no header may have', 'a=1\x07', HTTP, HTTP],
    ['that is too large', `a=${'x'.repeat(4096)}`, HTTP, HTTP],
    ['__Host- with a domain', '__Host-a=1; Secure; Path=/; Domain=img.shop.example', HTTPS, HTTPS],
    ['__Host- with another path', '__Host-a=1; Secure; Path=/a', HTTPS, HTTPS],
    ['__Secure- without that', '__Secure-a=1', HTTPS, HTTPS],
  ])('and not %s: %s', (_, line, from, to) => expect(sent([line], from, to)).toBeNull());

  it('with the others of its URL, longer paths first', () => {
    expect(sent(['a=1; Path=/', 'b=2', 'c=3; Path=/'], HTTP, HTTP)).toBe('b=2; a=1; c=3');
  });

  it('until it is set anew, or taken back', () => {
    expect(sent(['a=1', 'b=2', 'a=3'], HTTP, HTTP)).toBe('a=3; b=2');
    expect(sent(['a=1', 'b=2', 'a=; Max-Age=0'], HTTP, HTTP)).toBe('b=2');
  });

  it('with no more than so many others', () => {
    const jar = createCookieJar();
    for (let line = 0; line < 200; line += 1) jar.store([`c${line}=1`], new URL(HTTP));
    expect(jar.headerFor(new URL(HTTP))?.split('; ')).toHaveLength(50);
    const many = Array.from({ length: 200 }, (_, line) => `c${line}=1`);
    expect(sent(many, HTTP, HTTP)?.split('; ')).toHaveLength(50);
  });
});

describe('cookies of redirects', () => {
  const certificates = makeCertificates();
  let site: NamedSite;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    site = await startNamedSite(certificates?.good);
    proxy = await startProxy({ ports: { http: site.plain.port, https: site.tls?.port ?? 0 } });
    return async () => {
      proxy.close();
      await site.close();
    };
  });
  beforeEach(() => {
    site.requests.length = 0;
  });

  const step = (from: string, cookie: string, to: string) =>
    `${from}/to?cookie=${encodeURIComponent(cookie)}&url=${encodeURIComponent(to)}`;

  /** Downloads an image; answers the cookies of each request on the way. */
  async function cookiesOf(urls: string[], headers: [string, string][] = []) {
    const { download, close } = createDownloader({
      ...{ ...OPTIONS, headers, concurrency: 1 },
      tls: { rejectUnauthorized: true, ca: certificates?.authority ?? '' },
      env: { HTTP_PROXY: proxy.address, HTTPS_PROXY: proxy.address },
    });
    for (const url of urls) {
      expect((await downloadWith(download, url)).outcome).toMatchObject({ http_status: 200 });
    }
    await close();
    return site.requests.map(({ headers: { cookie } }) => cookie ?? null);
  }

  const A = 'http://a.example';
  const B = 'http://b.example';

  it('go along to their own host, through others, and end with the attempt', async () => {
    const url = step(A, 'x=1', step(B, 'y=2', `${A}/1.png`));
    expect(await cookiesOf([url, `${A}/2.png`])).toEqual([null, null, 'x=1', null]);
  });

  it('stand behind the user’s own, which go to no other host', async () => {
    const own: [string, string][] = [['Cookie', 'mine=0']];
    const url = step(A, 'x=1', `${A}/1.png`);
    expect(await cookiesOf([url], own)).toEqual(['mine=0', 'mine=0; x=1']);
    site.requests.length = 0;
    expect(await cookiesOf([step(A, 'x=1', step(B, 'y=2', `${B}/1.png`))], own)).toEqual([
      ...['mine=0', null, 'y=2'],
    ]);
  });

  it.skipIf(!certificates)(
    'and the user’s headers stay on the way from http to https',
    async () => {
      const own: [string, string][] = [['X-Own', 'mine']];
      const secure = A.replace('http:', 'https:');
      const url = step(A, 'x=1', step(secure, 'y=2; Secure', step(A, 'z=3', `${secure}/1.png`)));
      expect(await cookiesOf([url], own)).toEqual([null, 'x=1', 'x=1', 'x=1; y=2; z=3']);
      // The way back to http is none that they take.
      expect(site.requests.map(({ headers }) => headers['x-own'])).toEqual([
        ...['mine', 'mine', undefined, undefined],
      ]);
    },
  );

  it.skipIf(!certificates)('and the user’s headers stay behind at any other change', async () => {
    const own: [string, string][] = [['X-Own', 'mine']];
    for (const [from, to] of [
      ['https://a.example', 'http://a.example'],
      ['http://a.example', 'https://b.example'],
      ['http://a.example:8080', 'https://a.example'],
      ['http://a.example', 'https://a.example:8443'],
      ['http://a.example', 'http://a.example:8080'],
    ]) {
      site.requests.length = 0;
      await cookiesOf([step(from ?? '', 'x=1', `${to}/1.png`)], own);
      expect(site.requests.map(({ headers }) => headers['x-own'])).toEqual(['mine', undefined]);
    }
  });
});

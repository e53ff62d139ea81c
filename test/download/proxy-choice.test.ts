import { describe, expect, it } from 'vitest';
import { createProxyChoice } from '../../src/download/proxies.ts';

const PROXY = 'http://proxy.example:3128';
const chosen = (env: Record<string, string>, url: string) =>
  createProxyChoice(env)(new URL(url))?.origin ?? null;

describe('the proxy of a URL', () => {
  it.each<[Record<string, string>, string, string | null]>([
    [{}, 'http://a.example/', null],
    [{ HTTP_PROXY: PROXY }, 'http://a.example/', PROXY],
    [{ http_proxy: PROXY }, 'http://a.example/', PROXY],
    [{ http_proxy: 'http://low:1', HTTP_PROXY: PROXY }, 'http://a.example/', 'http://low:1'],
    [{ http_proxy: '', HTTP_PROXY: PROXY }, 'http://a.example/', PROXY],
    [{ HTTP_PROXY: PROXY }, 'https://a.example/', PROXY],
    [{ HTTP_PROXY: 'http://low:1', HTTPS_PROXY: PROXY }, 'https://a.example/', PROXY],
    [{ HTTPS_PROXY: PROXY }, 'https://a.example/', PROXY],
    [{ HTTPS_PROXY: PROXY }, 'http://a.example/', null],
    [{ HTTP_PROXY: 'proxy.example:3128' }, 'http://a.example/', PROXY],
    [{ HTTP_PROXY: 'https://proxy.example' }, 'http://a.example/', 'https://proxy.example'],
    [{ HTTP_PROXY: PROXY, no_proxy: '', NO_PROXY: 'a.example' }, 'http://a.example/', null],
  ])('%j, %s: %j', (env, url, expected) => expect(chosen(env, url)).toBe(expected));

  it.each([
    ['http://me:s%20cret@proxy.example:3128', 'me:s cret'],
    ['me:@proxy.example:3128', 'me:'],
    ['http://me@proxy.example:3128', 'me:'],
    ['http://me:pässword@proxy.example:3128', 'me:pässword'],
  ])('has the user name and password of %s', (value, credentials) => {
    const proxy = createProxyChoice({ HTTP_PROXY: value })(new URL('http://a.example/'));
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    expect(proxy).toEqual({ origin: PROXY, authorization });
  });

  it.each(['socks5://h', 'http://', 'http://h:99999', 'a b'])('can’t be %j', (value) => {
    expect(() => createProxyChoice({ HTTP_PROXY: value })).toThrow('HTTP_PROXY does not name');
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['cdn.example', 'http://cdn.example/'],
    ['cdn.example', 'https://cdn.example:8443/'],
    ['cdn.example', 'http://img.cdn.example/'],
    ['cdn.example', 'http://cdn.example./'],
    ['CDN.example.', 'http://cdn.EXAMPLE/'],
    ['.cdn.example', 'http://cdn.example/'],
    ['.cdn.example', 'http://img.cdn.example/'],
    ['*.cdn.example', 'http://img.cdn.example/'],
    ['bücher.example', 'http://bücher.example/'],
    ['a, b.example  c.example', 'http://b.example/'],
    ['a, b.example  c.example', 'http://c.example/'],
    ['*', 'http://anything.example/'],
    ['cdn.example:8080', 'http://cdn.example:8080/'],
    ['cdn.example:80', 'http://cdn.example/'],
    ['cdn.example:443', 'https://cdn.example/'],
    ['127.0.0.1', 'http://127.0.0.1:8080/'],
    ['127.0.0.1', 'http://127.1/'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['10.0.0.0/8', 'http://10.200.3.4/'],
    ['192.168.1.128/25', 'http://192.168.1.200/'],
    ['::1', 'http://[::1]/'],
    ['[::1]', 'http://[::1]:8080/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['fd00::/8', 'http://[fd12::1]/'],
    ['0.0.0.0/0', 'http://8.8.8.8/'],
  ])('%j excepts %s', (no_proxy, url) => {
    expect(chosen({ HTTP_PROXY: PROXY, NO_PROXY: no_proxy }, url)).toBeNull();
  });

  it.each([
    ['', 'http://cdn.example/'],
    [',', 'http://cdn.example/'],
    ['.', 'http://cdn.example/'],
    ['cdn.example', 'http://evilcdn.example/'],
    ['img.cdn.example', 'http://cdn.example/'],
    ['cdn.example:8080', 'http://cdn.example/'],
    ['cdn.example:80', 'https://cdn.example/'],
    ['0.0.1', 'http://127.0.0.1/'],
    ['10.0.0.0/8', 'http://11.0.0.1/'],
    ['10.0.0.0/8', 'http://ten.example/'],
    ['10.0.0.0/33', 'http://10.0.0.1/'],
    ['10.0.0.0/x', 'http://10.0.0.1/'],
    ['10.0.0.0/', 'http://10.0.0.1/'],
    ['fd00::/8', 'http://10.0.0.1/'],
    ['127.0.0.1', 'http://localhost/'],
    ['[::1]:8080', 'http://[::1]/'],
  ])('%j does not except %s', (no_proxy, url) => {
    expect(chosen({ HTTP_PROXY: PROXY, NO_PROXY: no_proxy }, url)).toBe(PROXY);
  });
});

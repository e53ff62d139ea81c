import { describe, expect, it } from 'vitest';
import { parseLocation, parseTarget } from '../../src/download/target.ts';

const said = (target: ReturnType<typeof parseTarget>) =>
  'code' in target ? `${target.reason ?? target.code}: ${target.message}` : target.href;

const NOT_ONE = 'malformed-url: not a valid URL: ';
const long = 'x'.repeat(63);

describe('a URL that can’t be one says what is wrong with it', () => {
  it.each([
    ['\ufeffhttp://cdn.example/a.png', 'it begins with a byte-order mark (U+FEFF)'],
    [' \ufeffhttp://cdn.example/a.png', 'it begins with a byte-order mark (U+FEFF)'],
    ['\u200bhttp://cdn.example/a.png', 'it begins with a zero-width space (U+200B)'],
    ['\u00a0http://cdn.example/a.png', 'it begins with a no-break space (U+00A0)'],
    ['\u2060http://cdn.example/a.png', 'it begins with an invisible character (U+2060)'],
    ['http://cdn.example/a.png\u200b', 'it ends with a zero-width space (U+200B)'],
    ['http://cdn.example/a.png\ufeff \n', 'it ends with a byte-order mark (U+FEFF)'],
    ['http://cdn.example/a.png?w=1\u200e', 'it ends with an invisible character (U+200E)'],
    ['"http://cdn.example/a.png"', 'it has quotation marks around it'],
    ['“http://cdn.example/a.png”', 'it has quotation marks around it'],
    ["'http://cdn.example/a.png'", 'it has quotation marks around it'],
    ['"http://cdn.example/a.png', 'it begins with a quotation mark'],
    ['<http://cdn.example/a.png>', 'it has < and > around it'],
    ['[shelf](http://cdn.example/a.png)', 'it begins with a bracket'],
    ['//cdn.example/a.png', 'https: is missing before its //'],
    ['www.example/a.jpg', 'http:// or https:// is missing before it'],
    ['not a url', 'http:// or https:// is missing before it'],
    ['127.0.0.1:8080/a.jpg', 'http:// or https:// is missing before it'],
    ['http//cdn.example/a.jpg', 'the colon after http is missing'],
    ['/images/a.jpg', 'it is a path: https:// and the host are missing before it'],
    ['\\\\share\\a.jpg', 'it begins with a backslash: https:// and a host should'],
    ['http://', 'it has no host'],
    ['https:\\\\', 'it has no host'],
    ['http://me:s3cret@/a.png', 'it has no host'],
    ['http://exa mple/', 'its host has a blank'],
    ['http://a.example:80a/', 'its port is not a number'],
    ['http://me:s3cret@a.example:65536/', 'its port is over 65535'],
    ['http://[::1]:65536/', 'its port is over 65535'],
    ['http://[::1/', 'no host can have this name'],
    ['http://1.2.3.256/', 'no host can have this name'],
    ['http://a<b/', 'no host can have this name'],
  ])('%j', (url, why) => expect(said(parseTarget(url))).toBe(NOT_ONE + why));

  it.each([
    ['localhost..', 'the host has an empty part'],
    ['127.0.0.1..', 'the host has an empty part'],
    ['localhost\u3002\u3002', 'the host has an empty part'],
    ['a..b', 'the host has an empty part'],
    ['.a', 'the host has an empty part'],
    ['.', 'the host has an empty part'],
    [`${long}x.example`, 'a part of the host is longer than 63 characters'],
    [`${'a.'.repeat(126)}ab`, 'the host is longer than 253 characters'],
  ])('the host %j', (host, why) => {
    expect(said(parseTarget(`http://${host}/a.png`))).toContain(`malformed-host: ${why}`);
  });

  it.each([
    ['localhost:8080/a.png', 'can’t'],
    ['cdn.example:443/a.png', 'can’t'],
  ])('%j may lack its scheme', (url) => {
    expect(said(parseTarget(url))).toMatch(
      /^unsupported-scheme: can't fetch [a-z.]+: URLs, .* http:\/\/ or https:\/\/ is missing before it\)$/,
    );
  });

  it('names a file of Windows as one, and no more of other schemes than their names', () => {
    expect(said(parseTarget('C:\\shop\\a.png'))).toContain('this looks like a file on Windows');
    expect(said(parseTarget('ftp://img.example/a.png'))).toBe(
      "unsupported-scheme: can't fetch ftp: URLs, only http: and https:",
    );
  });

  it('repeats nothing of it', () => {
    for (const url of ['"http://me:s3cret@a/"', 's3cret.example/a', 'http://me:s3cret@[x/']) {
      expect(said(parseTarget(url))).not.toContain('s3cret');
    }
  });

  it('takes no longer for one that was made to take long', () => {
    for (const part of ['@', ':', '[', ' ', '\\', '\u200b', 'a.']) {
      const began = performance.now();
      parseTarget(`http://${part.repeat(65_000 / part.length)}`);
      parseTarget(part.repeat(65_000 / part.length));
      expect(performance.now() - began).toBeLessThan(500);
    }
  });
});

describe('a URL that can be fetched', () => {
  it.each([
    ['http:\\\\cdn.example\\a.png', 'http://cdn.example/a.png'],
    [' http://cdn.example/a.png\n', 'http://cdn.example/a.png'],
    ['http://cdn.example./a.png', 'http://cdn.example./a.png'],
    ['http://127.0.0.1./a.png', 'http://127.0.0.1/a.png'],
    ['http://cdn.example/find?q="red"', 'http://cdn.example/find?q=%22red%22'],
    [`http://${long}.example/`, `http://${long}.example/`],
    [`http://${'a.'.repeat(126)}a/`, `http://${'a.'.repeat(126)}a/`],
    [
      'http://cdn.example/🏴󠁧󠁢󠁥󠁮󠁧󠁿',
      'http://cdn.example/%F0%9F%8F%B4%F3%A0%81%A7%F3%A0%81%A2%F3%A0%81%A5%F3%A0%81%AE%F3%A0%81%A7%F3%A0%81%BF',
    ],
  ])('%j', (url, href) => expect(said(parseTarget(url))).toBe(href));
});

describe('where a redirect leads', () => {
  const base = new URL('http://cdn.example/shop/a.png');
  /** As undici hands over what a server sent in UTF-8. */
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  it.each([
    ['b.png', 'http://cdn.example/shop/b.png'],
    ['//img.example/b.png', 'http://img.example/b.png'],
    [utf8('/café.png'), 'http://cdn.example/caf%C3%A9.png'],
    ['/caf\xe9.png', 'http://cdn.example/caf%E9.png'],
    ['/\xc4\xe3\xba\xc3.png', 'http://cdn.example/%C4%E3%BA%C3.png'],
    ['/caf%C3%A9.png', 'http://cdn.example/caf%C3%A9.png'],
    [utf8('/q?name=café'), 'http://cdn.example/q?name=caf%C3%A9'],
    ['/q?name=caf\xe9', 'http://cdn.example/q?name=caf%E9'],
    [utf8('http://bücher.example/a.png'), 'http://xn--bcher-kva.example/a.png'],
    [
      utf8('https://me:pässword@bücher.example/'),
      'https://me:p%C3%A4ssword@xn--bcher-kva.example/',
    ],
    ['http://b\xfccher.example/a.png', `${NOT_ONE}no host can have this name`],
    ['http://', `${NOT_ONE}it has no host`],
    ['//', `${NOT_ONE}it has no host`],
    ['http://localhost../', expect.stringMatching(/^malformed-host: /)],
    [`/${'\xe9'.repeat(30_000)}`, expect.stringMatching(/^long-url: /)],
  ])('%j', (location, expected) => expect(said(parseLocation(location, base))).toEqual(expected));
});

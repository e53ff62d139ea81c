import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseUrl } from '../src/parse-url.ts';

const SRC = join(import.meta.dirname, '../src');

describe('a URL', () => {
  it.each(['https://bücher.example/ä b.jpg', 'https://a.example/ä', 'https://中.example/'])(
    'is one however many have come before: %s',
    (url) => {
      for (let n = 0; n < 100_000; n += 1) parseUrl(`https://a.example/${n}`);
      expect(parseUrl(url)?.protocol).toBe('https:');
    },
  );

  it('is null where it is none', () => {
    expect([parseUrl(''), parseUrl('http://'), parseUrl('a.jpg')]).toEqual([null, null, null]);
    expect(parseUrl('/b', new URL('http://a/'))?.href).toBe('http://a/b');
  });

  it('is read in one way: URL.canParse of Node.js 20 is not to be trusted', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
    const using = files
      .filter((name) => /\.ts$/.test(name) && name !== 'parse-url.ts')
      .filter((name) => readFileSync(join(SRC, name), 'utf8').includes('URL.canParse'));
    expect(using).toEqual([]);
  });
});

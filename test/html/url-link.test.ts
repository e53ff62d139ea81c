import { describe, expect, it } from 'vitest';
import { isLink, urlLink } from '../../src/html/url-link.ts';

describe('a URL in a report', () => {
  it.each([
    'https://cdn.example/a.jpg',
    'http://127.0.0.1:3000/b%20c.png',
    'https://cdn.example/ü/@jane/1.jpg',
    'HTTPS://CDN.example',
  ])('is a link where all of it is shown (%s)', (url) => {
    expect(isLink(url)).toBe(true);
    expect(urlLink(url).markup).toContain(`<a href="${url}" target="_blank" rel="noreferrer">`);
  });

  it.each([
    ['has a user or a password', 'https://user:secret@cdn.example/a.jpg'],
    ['has a user alone', 'https://user@cdn.example/a.jpg'],
    ['hides them by backslashes', 'https:\\\\user:secret@cdn.example/a.jpg'],
    ['has them in its path', 'https://proxy.example/https://user:secret@cdn.example/a.jpg'],
    ['has a query, whose values may be secret', 'https://cdn.example/a.jpg?token=abc'],
    ['has any query', 'https://cdn.example/a.jpg?w=200'],
    ['has a fragment', 'https://cdn.example/a.jpg#access_token=abc'],
    ['is too long to be shown whole', `https://cdn.example/${'a'.repeat(300)}.jpg`],
    ['runs a script', 'javascript:alert(1)'],
    ['runs a script, with slashes', 'javascript://cdn.example/%0aalert(1)'],
    ['holds a page', 'data:text/html,<script>alert(1)</script>'],
    ['is of another scheme', 'file:///etc/passwd'],
    ['has a control in its scheme', 'java\nscript:alert(1)'],
    ['has a control in it', 'https://cdn.example/\u0000a.jpg'],
    ['turns its direction', 'https://cdn.example/\u202egpj.exe'],
    ['has no scheme', '//cdn.example/a.jpg'],
    ['is none', 'http://'],
  ])('is text where it %s', (_, url) => {
    expect(isLink(url)).toBe(false);
    expect(urlLink(url).markup).not.toContain('<a');
  });

  it('can not leave its attribute', () => {
    const { markup } = urlLink('https://cdn.example/"onmouseover="alert(1)\'<b>&amp;');
    expect(markup.match(/<\w+/g)).toEqual(['<a']);
    expect(markup.match(/ \w+="/g)).toEqual([' href="', ' target="', ' rel="']);
  });
});

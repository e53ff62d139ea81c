import { describe, expect, it } from 'vitest';
import { showText, showUrl } from '../../src/terminal/prose.ts';

describe('foreign text as it is shown', () => {
  it('has no control, no direction mark and no half of a character', () => {
    expect(showText('a\u0007b\u001b[31mc\u202ed\u2028e\ud800f\ufeff')).toBe('ab[31mcde\ufffdf');
  });

  it('puts no character together from what stood apart', () => {
    expect(showText('\ud83d\u0001\ude00')).toBe('\ufffd\ufffd');
  });
});

describe('a URL as it is shown', () => {
  it.each([
    ['https://cdn.example/a.jpg', 'https://cdn.example/a.jpg'],
    ['https://cdn.example/a.jpg?token=abc', 'https://cdn.example/a.jpg?…'],
    ['https://cdn.example/a.jpg#part', 'https://cdn.example/a.jpg'],
    ['https://cdn.example/@user/a@2x.jpg', 'https://cdn.example/@user/a@2x.jpg'],
    ['https://cdn.example/a.jpg?mail=me@cdn.example', 'https://cdn.example/a.jpg?…'],
    ['no URL at all', 'no URL at all'],
  ])('%s is %s', (url, shown) => expect(showUrl(url)).toBe(shown));

  it.each([
    'http://user:secret@cdn.example/a.jpg',
    'http://user:sec@ret@cdn.example/a.jpg',
    'http:user:secret@cdn.example/a.jpg',
    'http:/user:secret@cdn.example/a.jpg',
    'http:///user:secret@cdn.example/a.jpg',
    'http:\\\\user:secret@cdn.example/a.jpg',
    'http:/\t/user:secret@cdn.example/a.jpg',
    'ht\ntp://user:secret@cdn.example/a.jpg',
    ' http://user:secret@cdn.example/a.jpg',
    '//user:secret@cdn.example/a.jpg',
    'user:secret@cdn.example/a.jpg',
  ])('%j names no user and no password', (url) => {
    const shown = showUrl(url);
    expect(shown).toMatch(/cdn\.example\/a\.jpg$/);
    expect(shown).not.toMatch(/user|sec|ret/);
  });

  it.each([
    'http://user:se/cret@cdn.example/a.jpg',
    'http://user:se?cret@cdn.example/a.jpg',
    'http://user:se#cret@cdn.example/a.jpg',
    'http://user:se cret@cdn.example:x/a.jpg',
  ])('%j, which is none, shows nothing of what was meant for a password', (url) => {
    expect(showUrl(url)).toMatch(/^http:\/\/cdn\.example/);
  });

  it('has at most 300 characters', () => {
    expect(showUrl(`https://cdn.example/${'a'.repeat(400)}`)).toHaveLength(301);
  });
});

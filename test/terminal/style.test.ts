import { describe, expect, it } from 'vitest';
import { clip, clipPadded, drawBar, textWidth } from '../../src/terminal/columns.ts';
import { detectStyle } from '../../src/terminal/style.ts';

const UNICODE = { unicode: true, color: false };
const ASCII = { unicode: false, color: false };

describe('foreign text on a terminal', () => {
  it('loses its control and direction characters', () => {
    expect(clip('S\u001b[31m1\n\r\u0007\u009b2J\u202eabc', 40, UNICODE)).toBe('S[31m12Jabc');
  });

  it('is cut to columns, not to characters', () => {
    expect(clip('店舗の写真監査', 8, UNICODE)).toBe('店舗の…');
    expect(textWidth(clip('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5, UNICODE))).toBeLessThanOrEqual(5);
    expect(clip('short', 8, UNICODE)).toBe('short');
    expect(clip('anything', 0, UNICODE)).toBe('');
  });

  it('is filled up to columns', () => {
    expect(clipPadded('店', 5, UNICODE)).toBe('店   ');
  });

  it('is ASCII where the terminal is not UTF-8', () => {
    expect(clip('café 店', 20, ASCII)).toBe('caf? ?');
    expect(clip('a long store name', 8, ASCII)).toBe('a long ~');
  });
});

describe('a bar', () => {
  it.each([
    [0, '╸─────────'],
    [0.5, '━━━━━╸────'],
    [1, '━━━━━━━━━━'],
    [7, '━━━━━━━━━━'],
  ])('filled to %d', (share, text) => expect(drawBar(share, 10, UNICODE)).toBe(text));

  it('is ASCII where it must be', () => {
    expect(drawBar(0.5, 10, ASCII)).toBe('=====>----');
  });
});

describe('style', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'C.utf8' }, true],
  ])('%j: unicode %s', (env, unicode) => {
    expect(detectStyle({ isTTY: true }, env).unicode).toBe(unicode);
  });

  it('has no color off a terminal, with NO_COLOR, or on a dumb terminal', () => {
    expect(detectStyle({ isTTY: true }, {}).color).toBe(true);
    expect(detectStyle({}, {}).color).toBe(false);
    expect(detectStyle({ isTTY: true }, { NO_COLOR: '1' }).color).toBe(false);
    expect(detectStyle({ isTTY: true }, { TERM: 'dumb' }).color).toBe(false);
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '3', TERM: 'dumb' }, true],
    [{ FORCE_COLOR: 'true', NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: '' }, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '' }, true],
  ])('%j: color %s off a terminal', (env, color) => {
    expect(detectStyle({}, env).color).toBe(color);
  });

  it('has no color where FORCE_COLOR says so, on a terminal too', () => {
    expect(detectStyle({ isTTY: true }, { FORCE_COLOR: '0' }).color).toBe(false);
  });
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  clip,
  clipMiddle,
  clipPadded,
  drawBar,
  fold,
  textWidth,
} from '../../src/terminal/columns.ts';
import { foldCommand } from '../../src/terminal/shell-word.ts';
import { cyan, detectStyle, red } from '../../src/terminal/style.ts';

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

  it('is cut out of its middle where its end tells it apart', () => {
    expect(clipMiddle('paris-rivoli-store-0001', 12, UNICODE)).toBe('paris-…-0001');
    expect(clipMiddle('店舗の写真監査', 8, UNICODE)).toBe('店舗…査');
    expect(clipMiddle('short', 8, UNICODE)).toBe('short');
    expect(clipMiddle('a\u001b[2Jb', 0, UNICODE)).toBe('');
    expect(clipMiddle('x'.repeat(1e6), 7, ASCII)).toBe('xxx~xxx');
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
  ])('filled to %d', (share, text) => expect(drawBar([{ share }], 10, UNICODE)).toBe(text));

  it('is ASCII where it must be', () => {
    expect(drawBar([{ share: 0.5 }], 10, ASCII)).toBe('=====>----');
  });
});

describe('the parts of a bar', () => {
  const shares = (failed: number, done: number) => [{ share: failed, paint: red }, { share: done }];

  it('are as large as their shares, and seen however small they are', () => {
    expect(drawBar(shares(0.3, 0.4), 10, UNICODE)).toBe('━━━━━━━╸──');
    const bar = drawBar(shares(0.001, 0.5), 10, { unicode: true, color: true });
    expect(bar).toBe('\u001b[31m━\u001b[39m━━━━╸────');
  });

  it('are not drawn where there is nothing of them', () => {
    const bar = drawBar([{ share: 0, paint: cyan }, { share: 0.5 }], 10, {
      ...{ unicode: true, color: true },
    });
    expect(bar).toBe('━━━━━╸────');
  });
});

describe('a text that is folded', () => {
  it('is broken where two blanks stand, else between words, never within one', () => {
    expect(fold('  images   60 completed   3 failed   42 skipped', 30, '     ')).toEqual([
      '  images   60 completed',
      '     3 failed   42 skipped',
    ]);
    expect(fold('what has finished is kept', 12, ' ')).toEqual([
      'what has',
      ' finished is',
      ' kept',
    ]);
    expect(fold('a https://cdn.example/long b', 8, ' ')).toEqual([
      'a',
      ' https://cdn.example/long',
      ' b',
    ]);
    expect(fold('in 16.9 s (118/s, 48.2 MB)', 7, '')).toEqual([
      'in',
      '16.9 s',
      '(118/s,',
      '48.2 MB)',
    ]);
    expect(fold('', 8, ' ')).toEqual(['']);
  });
});

describe('a command that is folded', () => {
  it('is the same command, for a shell that is given its lines', () => {
    const command = "printf '%s|' 'a  b' --option='it'\\''s' plain.json";
    const lines = foldCommand(command, 14);
    expect(lines.length).toBeGreaterThan(3);
    const printed = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(printed(lines.join('\n'))).toBe(printed(command));
    expect(printed(command)).toBe("a  b|--option=it's|plain.json|");
    expect(foldCommand(command, 80)).toEqual([command]);
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

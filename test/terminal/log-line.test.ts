import { describe, expect, it } from 'vitest';
import { jsonLine, logLine } from '../../src/terminal/prose.ts';

describe('a line of a log', () => {
  it.each([
    ['::stop-commands::x failed', ': :stop-commands::x failed'],
    ['      ::error::x image 1', '      : :error::x image 1'],
    ['\u3000::add-mask::x', '\u3000: :add-mask::x'],
    ['S1 ##[add-mask]x', 'S1 # #[add-mask]x'],
    ['S1 ##vso[task.setvariable]x ##[a]', 'S1 # #vso[task.setvariable]x # #[a]'],
    ['###[error]', '## #[error]'],
  ])('%j is no command to a CI system', (line, shown) => {
    expect(logLine(line)).toBe(shown);
  });

  it.each(['S1 failed: a::b', 'http://[::1]/#a', '## a', ': :', ''])(
    '%j stays as it is',
    (line) => {
      expect(logLine(line)).toBe(line);
    },
  );
});

describe('a line of JSON', () => {
  it('holds no command to a CI system, and the same value', () => {
    const value = { store_id: '##[add-mask]a ###vso[b] # ## [c]' };
    const line = jsonLine(value);
    expect(line).not.toMatch(/##\w*\[/);
    expect(JSON.parse(line)).toEqual(value);
    expect(jsonLine({ url: 'http://a.example/##x' })).toBe('{"url":"http://a.example/##x"}');
  });
});

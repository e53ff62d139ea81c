import { describe, expect, it } from 'vitest';
import { didYouMean, nearNames } from '../../src/terminal/near-names.ts';

describe('names near a word', () => {
  it.each([
    ['spring-aud', ['spring-audit', 'autumn-audit'], ['spring-audit']],
    ['spring-audti', ['spring-audit', 'autumn-audit'], ['spring-audit']],
    ['SPRING-AUDIT2', ['spring-audit'], ['spring-audit']],
    ['springaudit', ['spring-audit'], ['spring-audit']],
    ['runn', ['run', 'resume', 'rm', 'prune'], ['run']],
    ['S031', ['S0031', 'S0310', 'T900'], ['S0031', 'S0310']],
    ['x', ['demo', 'run'], []],
    ['', ['a'], []],
    ['sp', ['spring-audit'], []],
    ['\u{1f4f7}x', ['\u{1f4f7}y'], ['\u{1f4f7}y']],
  ])('of %j in %j', (word, names, near) => {
    expect(nearNames(word, names)).toEqual(near);
  });

  it('are the first three of those that are equally near', () => {
    const names = Array.from({ length: 5000 }, (_, number) => `store-${number}`);
    expect(nearNames('store-77x', names)).toEqual(['store-77', 'store-770', 'store-771']);
  });

  it('are none for what is too long to be a name', () => {
    expect(nearNames('x'.repeat(100_000), ['x'.repeat(99_999)])).toEqual([]);
  });
});

it.each([
  [[], null],
  [['a'], 'Did you mean a?'],
  [['a', 'b', 'c'], 'Did you mean a, b or c?'],
])('%j are proposed as %j', (names, sentence) => {
  expect(didYouMean(names)).toBe(sentence);
});

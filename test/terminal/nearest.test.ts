import { expect, it } from 'vitest';
import { nearest } from '../../src/terminal/nearest.ts';

const NAMES = ['results', 'recipes', 'ci', 'exit-codes', 'errors', 'resume', 'run'];

it.each([
  ['resutls', 'results'],
  ['result', 'results'],
  ['Recipe', 'recipes'],
  ['exit', 'exit-codes'],
  ['error', 'errors'],
  ['exitcodes', 'exit-codes'],
  ['rn', 'run'],
  ['unicorn', null],
  ['x', null],
  ['', null],
  ['results'.repeat(1e6), null],
])('the name that %.20s is most like is %s', (word, name) => {
  expect(nearest(word, NAMES)).toBe(name);
});

import { expect, it } from 'vitest';
import { seldom } from '../../src/fleet/insist.ts';

it('what fifty stores meet with at once is said once, and again when it still is so after a while', () => {
  const said: string[] = [];
  let now = 0;
  const log = seldom(
    (text) => said.push(text),
    () => now,
  );
  for (let store = 0; store < 50; store += 1) log('Redis is full');
  log('Redis loads');
  now = 9999;
  log('Redis is full');
  expect(said).toEqual(['Redis is full', 'Redis loads']);
  now = 10_000;
  log('Redis is full');
  expect(said).toHaveLength(3);
});

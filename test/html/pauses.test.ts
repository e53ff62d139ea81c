import { describe, expect, it } from 'vitest';
import { pausesOf, withoutPauses } from '../../src/html/pauses.ts';

describe('pauses between pieces of work', () => {
  it('is the time in which nothing was done', () => {
    expect(pausesOf([0, 60_000], [5000, 63_000], 8000)).toEqual([{ start: 5000, end: 60_000 }]);
  });

  it('is none while anything overlaps it', () => {
    const pauses = pausesOf([0, 1000, 90_000], [50_000, 2000, 95_000], 55_000);
    expect(pauses).toEqual([{ start: 50_000, end: 90_000 }]);
  });

  it('is found whatever the order of the pieces', () => {
    expect(pausesOf([90, 0, 60_000], [100, 50, 60_100], 250)).toEqual([
      { start: 100, end: 60_000 },
    ]);
  });

  it('is none shorter than a second', () => {
    expect(pausesOf([0, 900, 60_000], [100, 1000, 61_000], 2000)).toHaveLength(1);
  });

  it('is none in a job that ran all of the time: then it waited', () => {
    expect(pausesOf([0, 60_000], [5000, 63_000], 63_000)).toEqual([]);
  });

  it('is none where there is no piece', () => {
    expect(pausesOf([], [], 0)).toEqual([]);
  });
});

describe('time without pauses', () => {
  const pauses = [
    { start: 100, end: 200 },
    { start: 300, end: 1000 },
  ];

  it.each([
    [0, 0],
    [100, 100],
    [200, 100],
    [300, 200],
    [1000, 200],
    [1500, 700],
  ])('%i is %i', (time, expected) => expect(withoutPauses(pauses)(time)).toBe(expected));

  it('is the same without any', () => expect(withoutPauses([])(1500)).toBe(1500));
});

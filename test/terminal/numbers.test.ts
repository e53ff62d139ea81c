import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatEta,
  formatRate,
} from '../../src/terminal/numbers.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1284, '1,284'],
    [1_234_567, '1,234,567'],
  ])('count %d: %s', (count, text) => expect(formatCount(count)).toBe(text));

  it('agree with their nouns', () => {
    expect(formatCounted(1, 'store')).toBe('1 store');
    expect(formatCounted(2000, 'store')).toBe('2,000 stores');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [40_321, '40.3 kB'],
    [48_200_000, '48.2 MB'],
    [999_960, '1.0 MB'],
    [3_100_000_000_000, '3.1 TB'],
    [5e18, '5000000.0 TB'],
  ])('%d bytes: %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0.0 s'],
    [16_900, '16.9 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [245_000, '4 min 05 s'],
    [7_440_000, '2 h 04 min'],
  ])('%d ms: %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [0, '0s'],
    [5100, '6s'],
    [245_000, '4m05s'],
    [7_440_000, '2h04m'],
  ])('eta of %d ms: %s', (ms, text) => expect(formatEta(ms)).toBe(text));

  it.each([
    [0.05, '0.1/s'],
    [2.44, '2.4/s'],
    [117.6, '118/s'],
    [21_400, '21,400/s'],
  ])('rate %d: %s', (rate, text) => expect(formatRate(rate)).toBe(text));
});

import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../src/job/retry.ts';
import { OPTIONS } from '../support/effects.ts';

const most = (attempt: number) => retryDelay(attempt, null, OPTIONS, () => 0.999999);

describe('the wait before a retry', () => {
  it('doubles with each attempt, up to 30 s', () => {
    expect([1, 2, 3, 4].map(most)).toEqual([500, 1000, 2000, 4000]);
    expect([7, 8, 50, 1100].map(most)).toEqual([30_000, 30_000, 30_000, 30_000]);
  });

  it('is a random part of that, so that thousands do not come back at once', () => {
    expect(retryDelay(3, null, OPTIONS, () => 0)).toBe(0);
    expect(retryDelay(3, null, OPTIONS, () => 0.25)).toBe(500);
  });

  it('comes after what the server asks for, as far as that is allowed', () => {
    expect(retryDelay(1, 4000, OPTIONS, () => 0)).toBe(4000);
    expect(retryDelay(1, 4000, OPTIONS, () => 0.5)).toBe(4250);
    expect(retryDelay(1, 9_000_000, OPTIONS, () => 0)).toBe(60_000);
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfter } from '../../src/download/retry-after.ts';

const now = Date.UTC(2026, 2, 1, 12, 0, 0);
const at = (seconds: number) => new Date(now + seconds * 1000).toUTCString();

afterEach(() => vi.unstubAllEnvs());

describe('Retry-After', () => {
  it.each(['UTC', 'America/New_York', 'Asia/Tokyo'])('means the same in any zone: %s', (zone) => {
    vi.stubEnv('TZ', zone);
    expect(parseRetryAfter('Sun Mar  1 12:00:30 2026', '', now)).toBe(30_000);
  });

  it.each([
    ['120', '', 120_000],
    ['0', '', 0],
    ['3.0', '', 3000],
    ['3.', '', 3000],
    ['0.25', '', 250],
    [at(30), '', 30_000],
    [at(-30), '', 0],
    // By a server whose clock is an hour ahead.
    [at(3630), at(3600), 30_000],
    // The three forms of a date, RFC 9110, 5.6.7.
    ['Sun, 01 Mar 2026 12:00:30 GMT', '', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', '', 30_000],
    ['Sun Mar  1 12:00:30 2026', '', 30_000],
    ['Sun Mar  1 13:00:30 2026', 'Sun Mar  1 13:00:00 2026', 30_000],
    // Not of them, but met.
    ['Sun, 01 Mar 2026 12:00:30 UTC', '', 30_000],
    ['Sun, 01 Mar 2026 13:00:30 +0100', '', 30_000],
    ['', '', null],
    ['soon', '', null],
    ['-5', '', null],
    ['1e9', '', null],
    ['3,5', '', null],
    ['99999999999', '', null],
    ['Someday, maybe', '', null],
  ])('%j (Date: %j) is %j ms', (value, date, ms) => {
    expect(parseRetryAfter(value, date, now)).toBe(ms);
  });
});

import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/runner/clock.ts';

function clockAt(wall: number, elapsed: number) {
  const time = { wall, elapsed };
  return {
    time,
    now: createClock(
      () => time.wall,
      () => time.elapsed,
    ),
  };
}

describe('the clock of events', () => {
  it('tells the wall-clock time and advances by the monotonic clock', () => {
    const { time, now } = clockAt(1_000_000, 50);
    time.elapsed += 300;
    time.wall += 290;
    expect(now()).toBe(1_000_300);
  });

  it('never goes back when the wall clock is set back', () => {
    const { time, now } = clockAt(1_000_000, 50);
    time.wall -= 3_600_000;
    time.elapsed += 10;
    expect(now()).toBe(1_000_010);
  });

  it('catches up after the machine has slept', () => {
    const { time, now } = clockAt(1_000_000, 50);
    time.wall += 28_800_000;
    time.elapsed += 10;
    expect(now()).toBe(29_800_000);
  });
});

import { describe, expect, it } from 'vitest';
import { createClockOffset } from '../../src/fleet/clock-offset.ts';

describe('how far another clock is ahead', () => {
  it('is measured from the middle between question and answer', () => {
    const offset = createClockOffset();
    offset.heard(1000, 1040, 5020);
    expect(offset.ms()).toBe(4000);
  });

  it('is what the quickest answer says, however late others come', () => {
    const offset = createClockOffset();
    offset.heard(1000, 1010, 5005);
    offset.heard(2000, 4000, 6001);
    expect(offset.ms()).toBe(4000);
  });

  it('follows a clock that is set, and one that drifts', () => {
    const offset = createClockOffset();
    offset.heard(1000, 1010, 5005);
    offset.heard(2000, 2012, 1006);
    expect(offset.ms()).toBe(-1000);
  });
});

import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../src/results/events.ts';
import { imageResultSchema } from '../../src/results/results-schema.ts';
import { isUsualFinish, isUsualResult, isUsualStart } from '../../src/results/usual-result.ts';
import { failed, image, pending, skipped } from '../support/documents.ts';
import { finished, recordedEvents } from '../support/recorded.ts';

const VALUES = [
  ...[undefined, null, true, '', 'completed', 'pending', [], {}, { a: 1 }],
  ...[0, 1, -1, 0.5, 2 ** 53, 1001, 4e14, Number.NaN, Number.POSITIVE_INFINITY],
  ...['2026-03-01T09:30:01.120Z', '2026-03-01T09:30:01Z', '2026-02-30T09:30:01.120Z'],
];

describe('the short way through an image', () => {
  it.each([
    ['completed', image()],
    ['skipped', skipped()],
    ['pending', pending()],
    ['failed without a reason', failed({ error: null, status: 'failed' })],
  ])('is taken by one that is %s', (_, result) => {
    expect(isUsualResult(result)).toBe(true);
  });

  it.each(Object.keys(image()))('says yes of no %s that the schema refuses', (field) => {
    for (const value of VALUES) {
      const result = { ...image(), [field]: value };
      if (!isUsualResult(result)) continue;
      expect(imageResultSchema.safeParse(result).error).toBeUndefined();
    }
    const rest = Object.entries(image()).filter(([name]) => name !== field);
    expect(isUsualResult(Object.fromEntries(rest))).toBe(false);
  });

  it.each([null, undefined, 'x', 1, [], [image()]])('is not taken by %j', (value) => {
    expect(isUsualResult(value)).toBe(false);
  });
});

describe('the short way through the event of an image', () => {
  const event = () => ({ ...finished(0, 0) });

  it.each([...Object.keys(event()), 'other'])(
    'says yes of no %s that the schema refuses',
    (field) => {
      expect(isUsualFinish(event())).toBe(true);
      for (const value of [...VALUES, image(), { ...image(), other: 1 }]) {
        const changed = { ...event(), [field]: value };
        if (!isUsualFinish(changed)) continue;
        expect(eventSchema.safeParse(changed).error).toBeUndefined();
      }
    },
  );
});

describe('the short way through the start of a job', () => {
  const start = () => {
    const [event] = recordedEvents();
    if (event?.type !== 'job_started') throw new Error('a job begins with its start');
    return event;
  };

  it.each(Object.keys(start()).filter((field) => field !== 'options'))(
    'says yes of no %s that the schema refuses',
    (field) => {
      expect(isUsualStart(start())).toBe(true);
      for (const value of VALUES) {
        const changed = { ...start(), [field]: value };
        if (!isUsualStart(changed)) continue;
        expect(eventSchema.safeParse(changed).error).toBeUndefined();
      }
    },
  );
});

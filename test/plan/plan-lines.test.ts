import { describe, expect, it } from 'vitest';
import { type PlanFacts, planLines, type ScheduleFacts } from '../../src/plan/plan-lines.ts';

const STYLE = { unicode: true, color: false };

/** A cap of 3 is useful here, and 10,000 the largest. */
const SCHEDULE: ScheduleFacts = {
  sleep_ms: 400,
  cap: 2,
  time: 5,
  useful_cap: 3,
  max_cap: 10_000,
  best_time: 4,
};

const FACTS: PlanFacts = {
  ...{ job_id: null, file: 'm.json', validate: 'imgjob validate m.json' },
  stores: 4,
  empty_stores: 0,
  images: 10,
  hosts: { total: 0, top: [] },
  bad_urls: 0,
  repeated: { total: 0, top: [] },
  repeats: 0,
  watched_urls: null,
  longest: { store_id: 'S1', images: 4 },
  schedule: SCHEDULE,
};

/** The lines of a plan that begin with a name. */
function textOf(name: string, facts: Partial<PlanFacts>): string | undefined {
  const lines = planLines({ ...FACTS, ...facts }, STYLE);
  return lines.find((line) => line.startsWith(`  ${name} `))?.slice(13);
}

const scheduled = (name: string, schedule: Partial<ScheduleFacts>) =>
  textOf(name, { schedule: { ...SCHEDULE, ...schedule } });

describe('the lines of a plan', () => {
  it.each([
    [{ time: 3, sleep_ms: 2 }, 'at least 6 ms with -c 2 --sleep 2ms'],
    [{ time: 3 }, 'at least 1.2 s with -c 2 --sleep 400ms'],
    [{ time: 3, sleep_ms: 1500, cap: 10_000 }, 'at least 4.5 s with -c 10000 --sleep 1500ms'],
    [{ time: 3, sleep_ms: 5000 }, 'at least 15.0 s with -c 2 --sleep 5s'],
    [{ time: 3, sleep_ms: 120_000 }, 'at least 6 min 00 s with -c 2 --sleep 2m'],
    [{ time: 3, sleep_ms: 0 }, 'what the downloads take, with -c 2 --sleep 0'],
  ])('say the time with the options as they can be typed: %j', (schedule, text) => {
    expect(scheduled('time', schedule)).toBe(text);
  });

  it.each([
    ['too small', { cap: 2 }, '-c 3 takes at least 1.6 s; more does not help'],
    ['too small without a sleep', { sleep_ms: 0 }, '-c 3 is fastest; more does not help'],
    ['just right', { cap: 3 }, '-c 3 is just enough; more does not help'],
    ['too large', { cap: 4 }, '-c 3 is as fast as -c 4'],
  ])('say of a cap that is %s which would do', (_, schedule, text) => {
    expect(scheduled('slots', schedule)).toBe(text);
  });

  it.each([
    [{ cap: 50 }, '-c 10000 takes at least 1.6 s; more would help, up to 20,000'],
    [{ sleep_ms: 0 }, '-c 10000 is fastest; more would help, up to 20,000'],
    [{ cap: 10_000 }, '-c 10000 is the most there is; more would help, up to 20,000'],
  ])('name the largest cap there is where more would help: %j', (schedule, text) => {
    expect(scheduled('slots', { ...schedule, useful_cap: 20_000 })).toBe(text);
  });

  it('agree with their numbers', () => {
    expect(textOf('bad URLs', { bad_urls: 1 })).toBe('1 image; to see it: imgjob validate m.json');
    expect(textOf('repeats', { repeats: 1, repeated: { total: 1, top: [] } })).toBe(
      '1 image whose URL came before; 1 URL repeats',
    );
    expect(textOf('longest', { longest: { store_id: 'S1', images: 1 } })).toBe('S1, 1 image');
  });

  it('say when only some URLs were watched for repeats', () => {
    expect(planLines({ ...FACTS, watched_urls: 4_000_000 }, STYLE)).toContain(
      '             counted among the first 4,000,000 different URLs',
    );
  });

  it('are at most 26, and fit 80 columns with the largest numbers', () => {
    const count = 100_000_000;
    const top = (length: number) => Array.from({ length }, () => ({ text: 'http://a/b', count }));
    const schedule = { sleep_ms: 2_147_483_647, cap: 10_000, time: count, useful_cap: count };
    const lines = planLines(
      {
        ...FACTS,
        ...{ stores: count, empty_stores: count, images: count, bad_urls: count, repeats: count },
        hosts: { total: count, top: top(10) },
        repeated: { total: 4_000_000, top: top(3) },
        watched_urls: 4_000_000,
        schedule: { ...SCHEDULE, ...schedule },
      },
      STYLE,
    );
    expect(lines).toHaveLength(26);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

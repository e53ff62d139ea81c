import { describe, expect, it } from 'vitest';
import { lanesOf } from '../../src/html/lanes.ts';
import { createRandom } from '../support/random.ts';

type Span = [start: number, end: number];
const lanes = (spans: Span[]) => [
  ...lanesOf(
    spans.map(([start]) => start),
    spans.map(([, end]) => end),
  ),
];

describe('lanes of spans of time', () => {
  it.each<[string, Span[], number[]]>([
    ['nothing', [], []],
    ['one', [[5, 9]], [0]],
    [
      'two at once',
      [
        [0, 10],
        [5, 15],
      ],
      [0, 1],
    ],
    [
      'one that begins as another ends',
      [
        [0, 10],
        [10, 20],
      ],
      [0, 0],
    ],
    [
      'a third where the first was',
      [
        [0, 10],
        [5, 30],
        [12, 20],
      ],
      [0, 1, 0],
    ],
    [
      'spans in no order',
      [
        [12, 20],
        [0, 10],
        [5, 30],
      ],
      [0, 0, 1],
    ],
  ])('%s', (_, spans, expected) => expect(lanes(spans)).toEqual(expected));

  it('takes the lane that has been free for the shortest time', () => {
    expect(
      lanes([
        [0, 10],
        [0, 20],
        [25, 30],
      ])[2],
    ).toBe(1);
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'never overlap, and are as few as ran at once (seed %i)',
    (seed) => {
      const spans = randomSpans(seed);
      const found = lanes(spans);
      for (const [a, [start, end]] of spans.entries()) {
        for (const [b, [otherStart, otherEnd]] of spans.entries()) {
          if (a >= b || found[a] !== found[b]) continue;
          const isApart = end <= otherStart || otherEnd <= start;
          expect(isApart, `${start}–${end} and ${otherStart}–${otherEnd}`).toBe(true);
        }
      }
      expect(new Set(found).size).toBe(mostAtOnce(spans));
      expect(Math.max(...found)).toBe(mostAtOnce(spans) - 1);
    },
  );
});

function randomSpans(seed: number): Span[] {
  const random = createRandom(seed);
  return Array.from({ length: 1 + random.below(60) }, (): Span => {
    const start = random.below(200);
    return [start, start + 1 + random.below(40)];
  });
}

/** Counted at each start, where a new span is the only thing that can make it more. */
function mostAtOnce(spans: Span[]): number {
  const at = spans.map(
    ([time]) => spans.filter(([start, end]) => start <= time && time < end).length,
  );
  return Math.max(...at);
}

import { describe, expect, it } from 'vitest';
import { distributionOf } from '../../src/html/distribution.ts';
import { createRandom } from '../support/random.ts';

const of = (...values: number[]) => distributionOf(Float64Array.from(values));

/** The least value that at least so many percent of all are no larger than. */
function nearestRank(values: number[], percent: number): number | undefined {
  return values
    .toSorted((a, b) => a - b)
    .find((value) => 100 * values.filter((one) => one <= value).length >= percent * values.length);
}

describe('how values are spread', () => {
  it('has no quantiles and no buckets where there are none', () => {
    expect(of()).toEqual({ count: 0, quantiles: null, buckets: [] });
  });

  it('is one bucket for one value', () => {
    expect(of(38)).toEqual({
      count: 1,
      quantiles: { median: 38, p90: 38, p99: 38, max: 38 },
      buckets: [{ from: 20, to: 50, count: 1 }],
    });
  });

  it('has buckets from 1, 2 and 5 times a power of ten, from their lower bound on', () => {
    expect(of(0, 1, 2, 5, 10).buckets).toEqual([
      { from: 0, to: 1, count: 1 },
      { from: 1, to: 2, count: 1 },
      { from: 2, to: 5, count: 1 },
      { from: 5, to: 10, count: 1 },
      { from: 10, to: 20, count: 1 },
    ]);
  });

  it('shows gaps between values, and nothing around them', () => {
    expect(of(3, 70).buckets.map(({ count }) => count)).toEqual([1, 0, 0, 0, 1]);
  });

  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'has exact quantiles, and every value in its bucket (seed %i)',
    (seed) => {
      const random = createRandom(seed);
      const size = 1 + random.below(seed < 20 ? 130 : 1200);
      const values = Array.from({ length: size }, () => random.below(10 ** random.below(6)));
      const { count, quantiles, buckets } = of(...values);
      expect(quantiles).toEqual({
        median: nearestRank(values, 50),
        p90: nearestRank(values, 90),
        p99: nearestRank(values, 99),
        max: Math.max(...values),
      });
      for (const bucket of buckets) {
        const inside = values.filter((value) => value >= bucket.from && value < bucket.to);
        expect(bucket.count).toBe(inside.length);
      }
      expect(buckets.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(count);
      expect(count).toBe(size);
    },
  );

  it('has the exact rank of every count, whatever binary fractions make of 0.9 and 0.99', () => {
    for (let size = 1; size <= 3000; size += 1) {
      const { quantiles } = distributionOf(Float64Array.from({ length: size }, (_, at) => at + 1));
      const rank = (percent: number) => Math.ceil((percent * size) / 100);
      const expected = { median: rank(50), p90: rank(90), p99: rank(99), max: size };
      expect(quantiles, `of ${size}`).toEqual(expected);
    }
  });
});

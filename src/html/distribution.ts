/** How many values lie between two bounds: from `from` on, below `to`. */
export type Bucket = { from: number; to: number; count: number };

export type Distribution = {
  count: number;
  /** Exact: so much of all values is no larger. Null where there are none. */
  quantiles: { median: number; p90: number; p99: number; max: number } | null;
  buckets: Bucket[];
};

/** Values as they are spread: their quantiles (nearest rank), and buckets whose bounds are 1, 2 and 5 times a power of ten. */
export function distributionOf(values: Float64Array): Distribution {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return {
    count: sorted.length,
    quantiles:
      sorted.length === 0 ? null : { median: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
    buckets: bucketsOf(sorted),
  };
}

function bucketsOf(sorted: Float64Array): Bucket[] {
  const buckets: Bucket[] = [];
  const largest = sorted.at(-1) ?? -1;
  let done = 0;
  for (const [from, to] of bounds()) {
    if (from > largest) break;
    let count = 0;
    for (; done < sorted.length && (sorted[done] ?? 0) < to; done += 1) count += 1;
    // None in front of the smallest value, but gaps between values are shown.
    if (count > 0 || buckets.length > 0) buckets.push({ from, to, count });
  }
  return buckets;
}

function* bounds(): Generator<[number, number]> {
  yield [0, 1];
  for (let power = 1; ; power *= 10) {
    yield [power, 2 * power];
    yield [2 * power, 5 * power];
    yield [5 * power, 10 * power];
  }
}

/** A time in which nothing was done: the job was interrupted and went on later. */
export type Pause = { start: number; end: number };

// Shorter ones happen while a job runs, too.
const LEAST_MS = 1000;

/**
 * The pauses between pieces of work, which may overlap. `busy_ms` is how long
 * the job says it ran: where that is nearly all of the time, nothing is looked for.
 */
export function pausesOf(
  starts: readonly number[],
  ends: readonly number[],
  busy_ms: number,
): Pause[] {
  const order = Array.from(starts, (_, piece) => piece);
  const first = starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const last = ends.reduce((most, end) => Math.max(most, end), 0);
  if (last - first - busy_ms < LEAST_MS) return [];
  order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  const pauses: Pause[] = [];
  let busyUntil = first;
  for (const piece of order) {
    const start = starts[piece] ?? 0;
    if (start - busyUntil > LEAST_MS) pauses.push({ start: busyUntil, end: start });
    busyUntil = Math.max(busyUntil, ends[piece] ?? 0);
  }
  return pauses;
}

/** A time as it would be without the pauses before it. */
export function withoutPauses(pauses: Pause[]): (time: number) => number {
  let sum = 0;
  const sums = pauses.map(({ start, end }) => {
    sum += end - start;
    return sum;
  });
  return (time) => {
    let [low, high] = [0, pauses.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pauses[middle]?.end ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return time - (sums[low - 1] ?? 0);
  };
}

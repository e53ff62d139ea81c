/**
 * How long a job takes at least, in images one after another: stores start
 * longest first, as `job.ts` has it, each in the slot that is free first, and
 * a store's images follow one another.
 */

/** Images that the busiest of `cap` slots works through; `cap` is at least 1. */
export function makespan(image_counts: Uint32Array, cap: number): number {
  return makespanOf(image_counts.toSorted(), cap);
}

/**
 * The smallest cap with which the longest store alone decides how long the job
 * takes: more does not help. 1 where there is nothing to do.
 *
 * Found by halving, since one slot more never makes the job longer: by
 * induction over the stores, the busiest slots of the wider schedule, taken in
 * order, are never busier than those of the narrower one. (R. L. Graham,
 * "Bounds on Multiprocessing Timing Anomalies", 1969: it takes tasks that wait
 * for others to make that untrue, and stores wait for none.)
 */
export function usefulCap(image_counts: Uint32Array): number {
  const ascending = image_counts.toSorted();
  const longest = ascending.at(-1) ?? 0;
  if (longest === 0) return 1;
  const images = ascending.reduce((sum, count) => sum + count, 0);
  let least = Math.ceil(images / longest);
  let most = ascending.length - ascending.findIndex((count) => count > 0);
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (makespanOf(ascending, middle) === longest) most = middle;
    else least = middle + 1;
  }
  return most;
}

/**
 * A ring counts the slots by when they are free, and not a heap: the first
 * such time never goes back, and no slot is busy for longer from then on than
 * the longest store takes. So a schedule costs a step a store and at most one
 * an image, which is less than it took to read them.
 */
function makespanOf(ascending: Uint32Array, cap: number): number {
  const size = (ascending.at(-1) ?? 0) + 1;
  const freeAt = new Uint32Array(size);
  freeAt[0] = cap;
  let first = 0;
  let end = 0;
  for (let next = ascending.length - 1; next >= 0; next -= 1) {
    while (freeAt[first % size] === 0) first += 1;
    const count = ascending[next] ?? 0;
    move(freeAt, first % size, (first + count) % size);
    end = Math.max(end, first + count);
  }
  return end;
}

function move(slots: Uint32Array, from: number, to: number): void {
  slots[from] = (slots[from] ?? 0) - 1;
  slots[to] = (slots[to] ?? 0) + 1;
}

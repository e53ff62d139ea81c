/** Times on a machine that is busy with other things. */

/** Much more than such a machine needs, and much less than it takes to wait something out: milliseconds. */
export const SOON_MS = 20_000;

/**
 * The milliseconds of processor time that something takes in this process, which
 * is alone in it: the least of a few times. What else the machine does is not counted.
 */
export function processorTime(run: () => unknown, times = 3): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < times; count += 1) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

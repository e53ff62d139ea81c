/**
 * Lays spans of time into as few lanes as they need, none over another in its
 * lane, as the slots had them: the lane of each span. A lane that has been free
 * for the shortest time is taken first.
 */
export function lanesOf(starts: readonly number[], ends: readonly number[]): Int32Array {
  const at = (list: readonly number[]) => (a: number, b: number) => (list[a] ?? 0) - (list[b] ?? 0);
  const byStart = Array.from(starts, (_, span) => span).sort(at(starts));
  const byEnd = Array.from(ends, (_, span) => span).sort(at(ends));
  const lanes = new Int32Array(starts.length).fill(-1);
  const free: number[] = [];
  let count = 0;
  let ended = 0;
  for (const span of byStart) {
    const start = starts[span] ?? 0;
    for (; ended < byEnd.length; ended += 1) {
      const other = byEnd[ended] ?? 0;
      const lane = lanes[other] ?? -1;
      // One that has no lane yet begins and ends at this same moment.
      if (lane === -1 || (ends[other] ?? 0) > start) break;
      free.push(lane);
    }
    lanes[span] = free.pop() ?? count++;
  }
  return lanes;
}

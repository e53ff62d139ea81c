// Long enough to be calm, short enough to follow a change.
const WINDOW_MS = 15_000;
const STEP_MS = 500;

export type RateMeter = {
  /** Takes the count as it stands now and answers how many come a second; null before anything can be said. */
  sample(count: number): number | null;
};

/** The rate over the last 15 s, from samples of a count that grows from `begin`. */
export function createRateMeter(elapsed: () => number, begin: number): RateMeter {
  const samples: { at: number; count: number }[] = [{ at: elapsed(), count: begin }];
  return {
    sample(count) {
      const at = elapsed();
      const last = samples.at(-1);
      if (last && at - last.at >= STEP_MS) samples.push({ at, count });
      while (samples.length > 2 && at - (samples[1]?.at ?? at) > WINDOW_MS) samples.shift();
      const first = samples[0];
      if (!first || at - first.at < STEP_MS || count === first.count) return null;
      return ((count - first.count) * 1000) / (at - first.at);
    },
  };
}

const WARM_UP = 12;

/**
 * Random numbers that depend on nothing but the seed and the number of the input,
 * so that one input can be made again without those before it (sfc32).
 */
export function createRandom(seed, number) {
  let [a, b, c, count] = [seed | 0, number | 0, 0x9e37_79b9 | 0, 1];
  const next = () => {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < WARM_UP; round += 1) next();
  const below = (limit) => Math.floor(next() * limit);
  return {
    /** A whole number from 0 up to the limit, without it. */
    below,
    /** One of a list. */
    pick: (list) => list[below(list.length)],
    /** Whether something that happens one time in so many happens now. */
    oneIn: (times) => below(times) === 0,
    /** A number up to the limit, small ones far more often. */
    small: (limit) => Math.floor(limit ** next()),
  };
}

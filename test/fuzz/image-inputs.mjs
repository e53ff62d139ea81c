import { imageSeeds } from './image-seeds.mjs';
import { largeBody } from './large-bodies.mjs';
import { cut, mutate } from './mutate.mjs';
import { createRandom } from './random.mjs';

const LARGE_ONE_IN = 200;
const HINTS = [
  { url: 'http://img.example/x', content_type: null },
  { url: 'http://img.example/x', content_type: 'image/png; charset=x\u001b' },
  { url: 'http://img.example/x.tga', content_type: 'image/x-tga' },
];

const seeds = imageSeeds();
const bodies = seeds.map(({ bytes }) => bytes);

/** The input of a number: always the same for the same seed. */
export function imageInput(seed, number) {
  const random = createRandom(seed, number);
  const isLarge = random.oneIn(LARGE_ONE_IN);
  const made = isLarge ? largeBody(seeds, random) : random.pick(seeds);
  const isChanged = !isLarge || random.oneIn(3);
  const bytes = isChanged ? mutate(made.bytes, bodies, random) : made.bytes;
  const hint = made.format === 'tga' ? HINTS[2] : random.pick(HINTS);
  return { format: made.format, bytes, isLarge, hint, chunks: cut(bytes, random) };
}

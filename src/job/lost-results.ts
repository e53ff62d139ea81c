import type { ImageResult } from '../results/results-schema.ts';

/** Tells whether all is still there that a completed result names. */
export type IsWhole = (result: ImageResult) => Promise<boolean>;

type Known = readonly (ImageResult | undefined)[];

/** The first image whose result names something that is not there any more; null where there is none. */
export async function firstLost(known: Known, isWhole: IsWhole): Promise<number | null> {
  for (const [image, result] of known.entries()) if (await isLost(result, isWhole)) return image;
  return null;
}

/** The results without those that name something that is not there any more: they are to be done again. */
export async function withoutLost(known: Known, isWhole: IsWhole): Promise<Known> {
  const whole = [...known];
  for (const [image, result] of known.entries()) {
    if (await isLost(result, isWhole)) whole[image] = undefined;
  }
  return whole;
}

async function isLost(result: ImageResult | undefined, isWhole: IsWhole): Promise<boolean> {
  return result?.status === 'completed' && !(await isWhole(result));
}
